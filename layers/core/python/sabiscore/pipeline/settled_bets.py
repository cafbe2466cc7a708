"""Every settled bet, read on from where a run before left off: those of the store and of cold storage.

What is settled never changes, and the oldest leave the store for cold storage. So the bets in the store are
the newest of those that are known; where they are not, or a club was renamed, all are read anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from sabiscore.learning.bet_table import BetTable
from sabiscore.learning.settled import SettledBet
from sabiscore.learning.settled_table import Instants, instant, instants_of, microseconds_of
from sabiscore.pipeline.cold_storage import archives_in, bets_of, unique
from sabiscore.pipeline.kept_arrays import KeptArrays, keep_arrays, kept_arrays
from sabiscore.store.bets import Bet, BetStore

BETS_FILE = "bets.npz"
BETS_FORMAT = 1
_SETTLED_AT = "settled_at"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _KnownBets:
    """The bets that were read, when each was settled, the archives among them, and what clubs were called."""

    bets: BetTable
    settled_at: Instants
    archives: frozenset[str]
    names: str

    def keys(self) -> set[tuple[bytes, ...]]:
        return _keys(self.bets)

    def since(self, at: int) -> _KnownBets:
        chosen = self.settled_at >= at
        return replace(self, bets=self.bets.rows(chosen), settled_at=self.settled_at[chosen])

    def with_more(self, found: Iterable[Bet], known: set[tuple[bytes, ...]]) -> _KnownBets:
        """These, and those of ``found`` that are not ``known``."""
        new = [bet for bet in unique(found) if tuple(part.encode() for part in bet.key) not in known]
        if not new:
            return self
        when = instants_of([bet.settled_at for bet in new if bet.settled_at is not None])
        return replace(
            self,
            bets=self.bets.with_more(BetTable.of(map(_bet, new))),
            settled_at=np.concatenate((self.settled_at, when)),
        )


def read_settled_bets(store: BetStore, archive: Path, renamed: Mapping[str, str], kept: Path) -> BetTable:
    """The settled bets in the ``store`` and in the folder ``archive``; ``kept`` is the file to go on from.

    ``renamed`` are the ids that matches had before. Raises BadArchive or DiskUnavailable.
    """
    names = sha256(json.dumps(sorted(renamed.items())).encode()).hexdigest()
    paths = archives_in(archive)
    before = _kept(kept)
    now = None
    if before is not None and before.names == names and before.archives <= {path.name for path in paths}:
        now = _grown(before, store, paths)
        count, oldest = store.settled_span()
        if count != (len(now.since(microseconds_of(oldest)).bets) if oldest else 0):
            now = None
    if now is None:
        now = _grown(_nothing(names), store, paths)
    if before is None or (len(now.bets), now.archives, now.names) != (
        len(before.bets),
        before.archives,
        before.names,
    ):
        _keep(kept, now)
    return now.bets


def _grown(known: _KnownBets, store: BetStore, paths: Iterable[Path]) -> _KnownBets:
    """``known`` with what was archived and settled since."""
    new = [path for path in paths if path.name not in known.archives]
    if new:
        known = known.with_more((bet for path in new for bet in bets_of(path)), known.keys())
        known = replace(known, archives=known.archives | {path.name for path in new})
    last = int(known.settled_at.max()) if len(known.settled_at) else 0
    return known.with_more(store.settled(instant(last)), known.since(last).keys())


def _nothing(names: str) -> _KnownBets:
    return _KnownBets(bets=BetTable.of(()), settled_at=instants_of(()), archives=frozenset(), names=names)


def _kept(path: Path) -> _KnownBets | None:
    found = kept_arrays(path)
    if found is None or found.notes.get("format") != BETS_FORMAT:
        return None
    columns = dict(found.arrays)
    settled_at = columns.pop(_SETTLED_AT)
    return _KnownBets(
        bets=BetTable(**columns),
        settled_at=settled_at,
        archives=frozenset(found.notes["archives"]),
        names=found.notes["names"],
    )


def _keep(path: Path, known: _KnownBets) -> None:
    arrays = {**known.bets.columns, _SETTLED_AT: known.settled_at}
    notes = {"format": BETS_FORMAT, "archives": sorted(known.archives), "names": known.names}
    keep_arrays(path, KeptArrays(arrays, notes))


def _keys(bets: BetTable) -> set[tuple[bytes, ...]]:
    return set(zip(bets.match_id.tolist(), bets.outcome.tolist(), bets.bundle.tolist(), strict=True))


def _bet(bet: Bet) -> SettledBet:
    """A bet whose match is over, as the record counts it."""
    return SettledBet(
        match_id=bet.match_id,
        league=bet.league,
        bundle=bet.bundle,
        opened_at=bet.opened_at,
        outcome=bet.outcome,
        odds=bet.odds,
        stake_fraction=bet.stake_fraction,
        won=bool(bet.won),
        close=bet.close,
    )

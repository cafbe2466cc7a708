"""What the ledger says of everything that is settled, as learning and the record read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sabiscore.domain.odds import OutcomeProbabilities
from sabiscore.learning.settled import Settled
from sabiscore.learning.settled_table import SettledTable
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.pipeline.kept_arrays import KeptArrays, keep_arrays, kept_arrays

Entries = Callable[[int], Iterable[LedgerEntry]]
"""Gives the entries after a number."""
Key = tuple[str, str]
"""Match and bundle."""
Seals = dict[str, dict[str, Any]]
"""By the hash of their entries."""

SETTLED_FILE = "settled.npz"
READ_FORMAT = 1
_OF_SEAL = ("match", "league", "bundle", "kickoff_at", "sealed_at", "p", "raw", "market", "role")
"""The members of a seal that count once it is settled: prices and hashes of all seasons are not held."""


@dataclass(frozen=True, slots=True)
class SettledLedger:
    """The settled predictions of a ledger up to ``head``, and how many are sealed and still to come.

    ``trial`` are those that challengers predicted beside them, which no reader saw.
    """

    settled: SettledTable
    waiting: int
    head: str | None
    trial: SettledTable


class LedgerReader:
    """Reads a ledger on from the entry where it was left: what is in the chain before that cannot change.

    ``kept`` is the file in which it is kept where it was left, for a later process.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self._kept = kept
        self._begin()
        self._resumed = False

    def _begin(self) -> None:
        self._last: LedgerEntry | None = None
        self._open: dict[Key, Seals] = {}
        self._settled = self._trial = SettledTable.of(())

    def _resume(self) -> None:
        found = kept_arrays(self._kept) if self._kept is not None else None
        if found is not None and found.notes.get("format") == READ_FORMAT:
            self._last = LedgerEntry(**found.notes["last"])
            for digest, seal in found.notes["seals"].items():
                self._open.setdefault(_key(seal), {})[digest] = seal
            self._settled, self._trial = (_table(found.arrays, part) for part in ("settled", "trial"))

    def read(self, entries: Entries) -> SettledLedger:
        """What all entries come to; ``entries`` gives those after a number.

        Where the last one read is not there any more, it is another ledger, and read from its first entry.
        """
        if not self._resumed:
            self._resume()
            self._resumed = True
        last = self._last
        if last is not None and next(iter(entries(last.seq - 1)), None) != last:
            self._begin()
        settled: list[Settled] = []
        trial: list[Settled] = []
        for entry in entries(self._last.seq if self._last else 0):
            content = entry.content
            if content["kind"] == "sealed":
                seal = {name: content[name] for name in _OF_SEAL if name in content}
                self._open.setdefault(_key(seal), {})[entry.hash] = seal
            else:
                seal = self._seal_of(content, entries)
                (trial if _on_trial(seal) else settled).append(_settled(seal, content))
                self._open.pop(_key(seal), None)
            self._last = entry
        if self._last != last:
            self._settled, self._trial = self._settled.with_more(settled), self._trial.with_more(trial)
            self._keep()
        waiting = sum(any(not _on_trial(seal) for seal in seals.values()) for seals in self._open.values())
        head = self._last.hash if self._last else None
        return SettledLedger(self._settled, waiting, head, self._trial)

    def _seal_of(self, content: Mapping[str, Any], entries: Entries) -> dict[str, Any]:
        """The seal that ``content`` settles; one whose match was settled before is looked for."""
        seal = self._open.get(_key(content), {}).get(content["seal"])
        return seal or next(entry.content for entry in entries(0) if entry.hash == content["seal"])

    def _keep(self) -> None:
        if self._kept is None or self._last is None:
            return
        last = {"seq": self._last.seq, "hash": self._last.hash, "body": self._last.body}
        arrays = {
            f"{part}_{name}": column
            for part, table in (("settled", self._settled), ("trial", self._trial))
            for name, column in table.columns.items()
        }
        seals = {digest: seal for seals in self._open.values() for digest, seal in seals.items()}
        notes = {"format": READ_FORMAT, "last": last, "seals": seals}
        keep_arrays(self._kept, KeptArrays(arrays, notes))


def _table(arrays: Mapping[str, Any], part: str) -> SettledTable:
    prefix = f"{part}_"
    return SettledTable(
        **{name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    )


def _key(content: Mapping[str, Any]) -> Key:
    return content["match"], content["bundle"]


def _on_trial(seal: Mapping[str, Any]) -> bool:
    return seal.get("role") == "challenger"


def _settled(seal: Mapping[str, Any], result: Mapping[str, Any]) -> Settled:
    return Settled(
        match_id=seal["match"],
        league=seal["league"],
        bundle=seal["bundle"],
        kickoff_at=datetime.fromisoformat(seal["kickoff_at"]),
        sealed_at=datetime.fromisoformat(seal["sealed_at"]),
        settled_at=datetime.fromisoformat(result["settled_at"]),
        p=_three(seal["p"]),
        raw=_three(seal["raw"]),
        outcome=int(result["outcome"]),
        early=_three(seal["market"]) if seal["market"] else None,
        close=_three(result["close"]) if result["close"] else None,
    )


def _three(values: Sequence[float]) -> OutcomeProbabilities:
    home, draw, away = values
    return home, draw, away

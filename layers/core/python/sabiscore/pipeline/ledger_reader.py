"""What the ledger and the bets say of everything that is settled, as learning and the record read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sabiscore.domain.odds import OutcomeProbabilities
from sabiscore.learning.settled import Settled, SettledBet
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.store.bets import Bet

_OF_SEAL = ("match", "league", "bundle", "kickoff_at", "sealed_at", "p", "raw", "market", "role")
"""The members of a seal that count once it is settled: prices and hashes of all seasons are not held."""


@dataclass(frozen=True, slots=True)
class SettledLedger:
    """The settled predictions of a ledger up to ``head``, and how many are sealed and still to come.

    ``trial`` are those that challengers predicted beside them, which no reader saw.
    """

    settled: tuple[Settled, ...]
    waiting: int
    head: str | None
    trial: tuple[Settled, ...] = ()


class LedgerReader:
    """Reads a ledger on from the entry where it was left: what is in the chain before that cannot change."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._last: LedgerEntry | None = None
        self._seals: dict[str, dict[str, Any]] = {}
        self._open: set[tuple[str, str]] = set()
        self._settled: list[Settled] = []
        self._trial: list[Settled] = []

    def read(self, entries: Callable[[int], Iterable[LedgerEntry]]) -> SettledLedger:
        """What all entries come to; ``entries`` gives those after a number.

        Where the last one read is not there any more, it is another ledger, and read from its first entry.
        """
        last = self._last
        if last is not None and next(iter(entries(last.seq - 1)), None) != last:
            self._begin()
        for entry in entries(self._last.seq if self._last else 0):
            self._note(entry)
        head = self._last.hash if self._last else None
        return SettledLedger(tuple(self._settled), len(self._open), head, tuple(self._trial))

    def _note(self, entry: LedgerEntry) -> None:
        content = entry.content
        match = content["match"], content["bundle"]
        if content["kind"] == "sealed":
            self._seals[entry.hash] = {name: content[name] for name in _OF_SEAL if name in content}
            if not _on_trial(content):
                self._open.add(match)
        else:
            seal = self._seals[content["seal"]]
            (self._trial if _on_trial(seal) else self._settled).append(_settled(seal, content))
            self._open.discard(match)
        self._last = entry


def _on_trial(seal: dict[str, Any]) -> bool:
    return seal.get("role") == "challenger"


def bet_of(bet: Bet) -> SettledBet:
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


def _settled(seal: dict[str, Any], result: dict[str, Any]) -> Settled:
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

"""What the ledger and the bets say of everything that is settled, as learning and the record read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sabiscore.learning.settled import Settled, SettledBet
from sabiscore.ledger.entry import Entry, Three
from sabiscore.store.bets import Bet


@dataclass(frozen=True, slots=True)
class Ledgered:
    """The settled predictions of a ledger up to ``head``, and how many are sealed and still to come.

    ``trial`` are those that challengers foretold beside them, which nobody was told.
    """

    settled: tuple[Settled, ...]
    waiting: int
    head: str | None
    trial: tuple[Settled, ...] = ()


def read_ledger(entries: Iterable[Entry]) -> Ledgered:
    """What ``entries``, from the first on, come to; each is read once."""
    seals: dict[str, dict[str, Any]] = {}
    open_: set[tuple[str, str]] = set()
    settled: list[Settled] = []
    trial: list[Settled] = []
    head = None
    for entry in entries:
        head = entry.hash
        told = entry.told
        if told["kind"] == "sealed":
            seals[entry.hash] = told
            if not _on_trial(told):
                open_.add((told["match"], told["bundle"]))
        else:
            seal = seals[told["seal"]]
            (trial if _on_trial(seal) else settled).append(_settled(seal, told))
            open_.discard((told["match"], told["bundle"]))
    return Ledgered(tuple(settled), len(open_), head, tuple(trial))


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


def _three(values: Sequence[float]) -> Three:
    home, draw, away = values
    return home, draw, away

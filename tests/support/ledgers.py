"""Made-up ledgers: chains of seals and their results, as the store would give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache

from sabiscore.ledger.entry import GENESIS, LedgerEntry, Seal, SettledOutcome, sealed_entry, settled_entry
from tests.support.served import KICKOFF, NOW

LEAGUES = ("epl", "laliga", "serie-a")


@cache
def chain(n: int, offset: int = 0) -> tuple[LedgerEntry, ...]:
    """``n`` entries, two a match of LEAGUES in turn: a seal, and what settles it."""
    entries: list[LedgerEntry] = []
    while len(entries) < n:
        head = entries[-1].hash if entries else GENESIS
        number = len(entries) // 2 + offset
        league = LEAGUES[number % len(LEAGUES)]
        seal = Seal(
            match_id=f"{league}-2526-home{number}-away", league=league, kickoff_at=KICKOFF, stage="day",
            bundle="1.0.0", p=(0.5, 0.3, 0.2), raw=(0.5, 0.3, 0.2), calibration=(), features="0" * 64,
            early=None, odds={}, priced_at=None, source="made up",
        )  # fmt: skip
        entries.append(sealed_entry(len(entries) + 1, head, seal, NOW))
        outcome = SettledOutcome(
            match_id=seal.match_id, bundle="1.0.0", kickoff_at=KICKOFF, seal=entries[-1].hash, goals=(1, 0),
            close=None, source="made up",
        )  # fmt: skip
        later = KICKOFF + timedelta(hours=3)
        entries.append(settled_entry(len(entries) + 1, entries[-1].hash, outcome, later))
    return tuple(entries[:n])


def reader(entries: Iterable[LedgerEntry]) -> Callable[[int], Iterable[LedgerEntry]]:
    """What gives the ``entries`` after a number."""
    every = tuple(entries)
    return lambda after: iter(every[max(after, 0) :])

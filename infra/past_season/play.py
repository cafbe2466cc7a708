"""The play itself: one run of a schedule after another, on a clock that stands still meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from infra.cli.progress import Report
from infra.past_season.calendar import Name, Tick
from infra.past_season.home import Plan
from infra.past_season.network import PastNetwork
from sabiscore.clock import FixedClock
from sabiscore.insights.performance import Bets
from sabiscore.ledger.entry import Entry


class Schedules(Protocol):
    """The schedules of one home, and what they have written so far."""

    def run(self, name: Name) -> None:
        """Runs the schedule ``name`` once, at the instant that the clock shows."""
        ...

    def has_to_ask(self, name: Name) -> bool:
        """Whether a run of ``name`` now would ask for what it did not ask for the last time."""
        ...

    def entries(self) -> Iterable[Entry]:
        """The whole ledger, from its first entry."""
        ...

    def bets(self) -> Bets | None:
        """What the settled value bets came to; None before the first."""
        ...


Open = Callable[[Plan, FixedClock, PastNetwork], AbstractContextManager[Schedules]]
"""Opens the schedules of a plan's home, on a clock, with a network in the place of the real one."""


def play(ticks: Sequence[Tick], clock: FixedClock, schedules: Schedules, report: Report) -> None:
    """Every one of ``ticks``, in order; the clock never goes back."""
    for done, tick in enumerate(ticks, 1):
        clock.at = tick.at
        if not tick.again or schedules.has_to_ask(tick.name):
            schedules.run(tick.name)
        report(f"{tick.at:%Y-%m-%d %H:%M} {tick.name}", done / len(ticks))

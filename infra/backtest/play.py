"""The play itself: one run of a schedule after another, on a clock that stands still meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from infra.backtest.calendar import Name, Tick
from infra.backtest.data_dir import BacktestPlan
from infra.backtest.network import PastNetwork
from infra.cli.progress import Report
from sabiscore.clock import FixedClock
from sabiscore.insights.track_record import Bets
from sabiscore.ledger.entry import LedgerEntry


class ScheduleRunner(Protocol):
    """The schedules of one data folder, and what they have written so far."""

    def run(self, name: Name) -> None:
        """Runs the schedule ``name`` once, at the instant that the clock shows."""
        ...

    def asked_since(self, name: Name, at: datetime) -> bool:
        """Whether what ``name`` asks for seldom was asked for at or after ``at``."""
        ...

    def entries(self) -> Iterable[LedgerEntry]:
        """The whole ledger, from its first entry."""
        ...

    def bets(self) -> Bets | None:
        """What the settled value bets came to; None before the first."""
        ...


Open = Callable[[BacktestPlan, FixedClock, PastNetwork], AbstractContextManager[ScheduleRunner]]
"""Opens the schedules of a plan's home, on a clock, with a network in the place of the real one."""


def play(ticks: Sequence[Tick], clock: FixedClock, schedules: ScheduleRunner, report: Report) -> None:
    """Every one of ``ticks``, in order; the clock never goes back."""
    for done, tick in enumerate(ticks, 1):
        clock.at = tick.at
        since = tick.unless_asked_since
        if since is None or not schedules.asked_since(tick.name, since):
            schedules.run(tick.name)
        report(f"{tick.at:%Y-%m-%d %H:%M} {tick.name}", done / len(ticks))

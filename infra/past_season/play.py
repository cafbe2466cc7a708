"""The play itself: one run of a schedule after another, on a clock that stands still meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from infra.cli.progress import Report
from infra.past_season.calendar import Name, Tick
from sabiscore.clock import FixedClock

Run = Callable[[Name], None]
"""Runs a schedule once, at the instant that the clock shows."""


def play(ticks: Sequence[Tick], clock: FixedClock, run: Run, report: Report) -> None:
    """Every one of ``ticks``, in order; the clock never goes back."""
    for done, tick in enumerate(ticks, 1):
        clock.at = tick.at
        run(tick.name)
        report(f"{tick.at:%Y-%m-%d %H:%M} {tick.name}", done / len(ticks))

"""When the schedules run in a rehearsal: their own times, those left out at which nothing can be new.

Every 5 minutes for a season are 88,000 runs of ``odds``, nearly all of which would find the world as the
run before left it. So each schedule runs at the first of its times at or after each instant at which
something becomes known or falls due; results are looked for when the last match of a day is over, and
``cleanup`` runs at the end of the year and of the season, since every time it restores a backup of the whole
store. ``every_tick`` runs them all, to show that no prediction is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from typing import Literal

from infra.backtest.season import FILED_AT, Played
from sabiscore.ledger.entry import STAGES

Name = Literal["odds", "stats", "calibrate", "cleanup"]

EVERY: dict[Name, timedelta] = {
    "odds": timedelta(minutes=5),
    "stats": timedelta(hours=1),
    "calibrate": timedelta(minutes=3),
    "cleanup": timedelta(days=1),
}
"""Of the schedules' own times."""
CLEANUP_AT = time(2, 0, tzinfo=UTC)
ORDER: tuple[Name, ...] = ("cleanup", "stats", "odds", "calibrate")
"""Of schedules that are due at one instant: what is learnt comes before what is made of it."""
AGAIN = (timedelta(hours=1), timedelta(hours=6))
"""After new prices or files: what was fetched shortly before is asked for again within six hours."""
MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tick:
    """One run of a schedule."""

    at: datetime
    name: Name
    unless_asked_since: datetime | None = field(default=None, compare=False)
    """Only where what it asks for seldom was not asked for since then."""


def ticks(matches: Sequence[Played], *, every_tick: bool = False) -> list[Tick]:
    """The runs of all schedules over a season of ``matches``, in order."""
    if every_tick:
        first, last = _span(matches)
        found = {Tick(at, name) for name in EVERY for at in _all_times(name, first, last)}
    else:
        found = {Tick(next_run(name, at), name) for name, instants in _due(matches) for at in instants}
        looks = {
            Tick(next_run("stats", played.filed_at + later), "stats", played.filed_at)
            for played in matches
            for later in AGAIN
        }
        found |= looks - found
    return sorted(found, key=lambda tick: (tick.at, ORDER.index(tick.name)))


def runs_in_all(matches: Sequence[Played]) -> int:
    """How many runs ``every_tick`` makes."""
    first, last = _span(matches)
    return sum((last - next_run(name, first)) // every + 1 for name, every in EVERY.items())


def next_run(name: Name, at: datetime) -> datetime:
    """The first time of the schedule ``name`` at or after ``at``.

    >>> next_run("odds", datetime(2024, 8, 16, 18, 2, tzinfo=UTC)).time()
    datetime.time(18, 5)
    """
    if name == "cleanup":
        today = datetime.combine(at.date(), CLEANUP_AT)
        return today if at <= today else today + timedelta(days=1)
    return at + (MIDNIGHT - at) % EVERY[name]


def _due(matches: Sequence[Played]) -> Iterator[tuple[Name, Iterable[datetime]]]:
    stages = [ahead for _, ahead in STAGES]
    priced = {played.match.priced_at for played in matches if played.match.priced_at is not None}
    looked = priced | {at + later for at in priced for later in AGAIN}
    filed = {played.filed_at for played in matches}
    last_of_day = {
        played.ends_at.date(): played.ends_at for played in sorted(matches, key=lambda played: played.ends_at)
    }
    results = set(last_of_day.values()) | filed
    yield (
        "odds",
        chain(
            looked,
            (played.kickoff_at - ahead for played in matches for ahead in stages),
            (played.closes_at for played in matches),
        ),
    )
    listed = {datetime.combine(played.listed_at.date(), FILED_AT) for played in matches}
    yield "stats", results | listed
    yield "calibrate", {next_run("stats", at) + timedelta(minutes=1) for at in results}
    yield "cleanup", {at.year: at for at in sorted(filed)}.values()


def _span(matches: Sequence[Played]) -> tuple[datetime, datetime]:
    first = min(played.listed_at for played in matches)
    return datetime.combine(first.date(), time(), UTC), max(
        played.filed_at for played in matches
    ) + timedelta(days=1)


def _all_times(name: Name, first: datetime, last: datetime) -> Iterable[datetime]:
    at = next_run(name, first)
    while at <= last:
        yield at
        at += EVERY[name]

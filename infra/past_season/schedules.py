"""The real schedules in the home of a rehearsal: their own desk, on our clock and our network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from infra.past_season.calendar import Name
from infra.past_season.home import Plan
from infra.past_season.network import PastNetwork
from infra.past_season.play import Schedules
from sabiscore.bootstrap import open_desk
from sabiscore.clock import FixedClock
from sabiscore.insights.performance import Bets
from sabiscore.insights.record import read_record
from sabiscore.ledger.entry import Entry
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.jobs import run_job


@contextmanager
def opened(plan: Plan, clock: FixedClock, network: PastNetwork) -> Iterator[Schedules]:
    """The schedules of ``plan``'s home, asking ``network`` instead of the world."""
    with open_desk(plan.settings, clock, plan.kind, transport=network) as desk:
        yield Rehearsing(desk)


class Rehearsing:
    """A desk whose jobs are run one at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run(self, name: Name) -> None:
        run_job(name, self._desk)

    def entries(self) -> Iterable[Entry]:
        return self._desk.ledger.entries()

    def bets(self) -> Bets | None:
        return read_record(self._desk.folder).record.all.bets

"""The real schedules in the home of a rehearsal: their own desk, on our clock and our network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from infra.past_season.calendar import Name
from infra.past_season.home import Plan
from infra.past_season.network import PastNetwork
from infra.past_season.play import Schedules
from infra.past_season.unasked import ScoresUnasked
from sabiscore.bootstrap_desk import open_desk
from sabiscore.clock import FixedClock
from sabiscore.insights.performance import Bets
from sabiscore.insights.record import read_record
from sabiscore.ledger.entry import Entry
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.jobs import run_job
from sabiscore.schedules.stats import files_read_at
from sabiscore.settings import Quota

KEY = "SABISCORE_THE_ODDS_API_KEY"
QUOTAS: dict[str, Quota] = {"the-odds-api.com": (20_000, "month")}
"""The smallest plan that can be bought: the free one cannot see the closing prices of five leagues."""


@contextmanager
def opened(plan: Plan, clock: FixedClock, network: PastNetwork) -> Iterator[Schedules]:
    """The schedules of ``plan``'s home, asking ``network`` instead of the world."""
    settings = replace(plan.settings, environ={KEY: "rehearsal-only"}, quotas=QUOTAS)
    with open_desk(settings, clock, plan.kind, transport=network) as desk:
        yield Rehearsing(replace(desk, sources=ScoresUnasked(desk.sources)))


class Rehearsing:
    """A desk whose jobs are run one at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run(self, name: Name) -> None:
        run_job(name, self._desk)

    def asked_since(self, name: Name, at: datetime) -> bool:
        read_at = files_read_at(self._desk) if name == "stats" else None
        return read_at is not None and at <= read_at

    def entries(self) -> Iterable[Entry]:
        return self._desk.ledger.entries()

    def bets(self) -> Bets | None:
        return read_record(self._desk.folder).record.all.bets

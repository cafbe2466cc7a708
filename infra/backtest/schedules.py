"""The real schedules in the data folder of a rehearsal: their own context, on our clock and our network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from infra.backtest.calendar import Name
from infra.backtest.data_dir import BacktestPlan
from infra.backtest.network import PastNetwork
from infra.backtest.play import ScheduleRunner
from infra.backtest.unasked import WithoutScores
from sabiscore.bootstrap.job_context import open_job_context
from sabiscore.clock import FixedClock
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.insights.track_record import Bets
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.jobs.stats import files_read_at
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.settings import Quota

KEY = "SABISCORE_THE_ODDS_API_KEY"
QUOTAS: dict[str, Quota] = {"the-odds-api.com": (20_000, "month")}
"""The smallest plan that can be bought: the free one cannot see the closing prices of five leagues."""


@contextmanager
def opened(plan: BacktestPlan, clock: FixedClock, network: PastNetwork) -> Iterator[ScheduleRunner]:
    """The schedules of ``plan``'s home, asking ``network`` instead of the world."""
    settings = replace(plan.settings, environ={KEY: "rehearsal-only"}, quotas=QUOTAS)
    with open_job_context(settings, clock, plan.kind, transport=network) as context:
        yield BacktestJobs(replace(context, sources=WithoutScores(context.sources)))


class BacktestJobs:
    """A context whose jobs are run one at a time."""

    def __init__(self, context: JobContext) -> None:
        self._context = context

    def run(self, name: Name) -> None:
        run_job(name, self._context)

    def asked_since(self, name: Name, at: datetime) -> bool:
        read_at = files_read_at(self._context.cas_store) if name == "stats" else None
        return read_at is not None and at <= read_at

    def entries(self) -> Iterable[LedgerEntry]:
        return self._context.ledger.entries()

    def bets(self) -> Bets | None:
        return read_track_record(self._context.publication_dir).record.all.bets

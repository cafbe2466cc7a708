"""What one run of ``cron/odds`` takes over a full match week: from providers' bytes to a publication.

``python -m infra.bench.odds_run``. The season, its providers and the bundle are simulated, and the providers
take no time. The run has a process of its own. Its processor time is quoted for 600 fixtures, though a week
has fewer: what does not grow with them is counted as if it did.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from infra.backtest.data_dir import BacktestPlan, prepare
from infra.backtest.network import PastNetwork
from infra.backtest.schedules import KEY, QUOTAS
from infra.backtest.season import PastSeason, read_season
from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.processes import peak_mib
from infra.cli.progress import Report, Steps
from infra.local.seasons import SEED, simulate_into
from sabiscore.clock import FixedClock
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import SERVED
from sabiscore.errors import Unavailable
from sabiscore.history import History
from sabiscore.settings import Settings

FIXTURES, PROCESSOR_S, MEMORY_MB = 600, 4.0, 300.0
SEASON, LAST_DAY, SEASONS = "2425", date(2025, 6, 30), 3
AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OddsRun:
    """A run of one process: its fixtures, its processor time, the most memory it had, and its sentence."""

    fixtures: int
    processor_s: float
    peak_mb: float
    sentence: str


def measure() -> Measurement:
    """All figures."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        plan = _plan(Path(folder))
        at = _busiest(plan.season)
        prepare(plan, made_up, FixedClock(at), Steps(quiet=True))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            run = pool.submit(measure_run, plan, at).result()
    return Measurement(
        [
            BoundCheck(
                id="odds",
                what="processor time for 600 fixtures",
                value=run.processor_s * FIXTURES / run.fixtures,
                sense="≤",
                bound=PROCESSOR_S,
                unit="s",
            ),
            BoundCheck(id="odds", what="memory", value=run.peak_mb, sense="≤", bound=MEMORY_MB, unit="MB"),
        ],
        [f"odds: {run.fixtures} fixtures in {run.processor_s:.2f} s. {run.sentence}"],
    )


def measure_run(plan: BacktestPlan, at: datetime) -> OddsRun:
    """Runs the schedule once and measures it; raises Unavailable when it does not end well."""
    from sabiscore.bootstrap.job_context import open_job_context
    from sabiscore.jobs.registry import run_job

    settings, clock = _settings(plan), FixedClock(at)
    with open_job_context(settings, clock, plan.kind, transport=PastNetwork(plan.season, clock)) as context:
        run_job("stats", context)  # the calendar, which a day has long before its prices
        began = time.process_time()
        report: dict[str, Any] = json.loads(json.dumps(run_job("odds", context).as_json(), default=str))
        spent_s = time.process_time() - began
    if report["outcome"] != "done" or not report["figures"]["touched"]:
        raise Unavailable(f"The run did not end well: {report}", hint="See `sabiscore cron odds`.")
    return OddsRun(report["figures"]["touched"], spent_s, peak_mib(), report["sentence"])


def _plan(folder: Path) -> BacktestPlan:
    seasons = folder / "seasons"
    simulate_into(seasons, SEED, SEASONS, LAST_DAY)
    paths = sorted(seasons.glob("*.csv"))
    return BacktestPlan(
        season=read_season(paths, SEASON, SERVED),
        paths=paths,
        kind="simulated",
        data_dir=folder / "rehearsal",
        leagues=SERVED,
    )


def _busiest(season: PastSeason) -> datetime:
    """The instant of the season at which the most matches of the week ahead have their first prices."""
    matches = season.matches

    def priced(at: datetime) -> int:
        return sum(
            at < match.kickoff_at <= at + AHEAD and match.phase_at(at) is not None for match in matches
        )

    return max((match.match.priced_at or match.kickoff_at for match in matches), key=priced)


def made_up(_past: History, settings: Settings, *, kind: DataKind, report: Report) -> str:  # noqa: ARG001 - as every training
    """Registers the made-up bundle: what a forecast says is no matter of this bench."""
    from infra.rigs.made_up import made_up_bundle  # what it fits with is none of the memory of a run

    made_up_bundle(settings.data_dir)
    return "1.0.0"


def _settings(plan: BacktestPlan) -> Settings:
    return replace(plan.settings, environ={KEY: "bench-only"}, quotas=QUOTAS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = options("infra.bench.odds_run", __doc__).parse_args(arguments)
    return finish(measure, given.json)


if __name__ == "__main__":
    sys.exit(main())

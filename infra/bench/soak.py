"""Half an hour under load (line L9): what ``up --schedules`` and the edge hold must not grow.

``python -m infra.bench.soak``. The Worker in workerd, a real Redis, and behind them the functions with every
schedule, whose providers answer from a simulated season as it would stand now. Readers ask the Worker and,
past it, the functions. Memory, descriptors and threads of each process are looked at every few seconds; what
a process grows by while it warms up does not count. ``--minutes`` and ``--warm-up-minutes`` shorten it.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.function import fetch
from infra.bench.processes import ProcessSample, family, growth_mb, risen, sample
from infra.bench.wrk import ZIPF, WrkResult, wrk
from infra.local.edge import LocalEdge, local_edge
from infra.local.seasons import SEED, simulate_into
from sabiscore.clock import SystemClock
from sabiscore.domain.league import SERVED
from sabiscore.domain.match import season_on, season_start_year
from sabiscore.errors import Unavailable

MINUTES, WARM_UP_MINUTES = 30.0, 10.0
EVERY_S = 5.0
SLOPE_OVER_S = 600.0
MOST_GROWTH_MB = 1.0
SEASONS = 3
CONNECTIONS = 8
SHOWN = 15
LISTS = ("/api/v1/matches", "/api/v1/leagues", "/api/v1/value-bets", "/api/v1/performance", "/health/live")
"""Asked for beside every insight that is served."""


@dataclass
class Soak:
    """The chain whose processes are looked at, and what was seen of each, by name."""

    chain: LocalEdge
    seen: dict[str, list[ProcessSample]] = field(default_factory=lambda: defaultdict(list))

    def processes(self) -> Iterator[tuple[str, int]]:
        """(name, id) of what serves; Node only starts workerd and hands it its answers' tiers."""
        yield "up --schedules", self.chain.functions.pid
        yield from ((name, pid) for name, pid in family(self.chain.worker.pid) if name == "workerd")

    def watch(self, ended: threading.Event) -> None:
        """Looks at every process until the end."""
        began = time.monotonic()
        watched = list(self.processes())
        while not ended.wait(EVERY_S):
            for name, pid in watched:
                self.seen[name].append(sample(pid, time.monotonic() - began))


def measure(minutes: float, warm_up_minutes: float) -> Measurement:
    """All figures of the line."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder, ExitStack() as running:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            data_dir = pool.submit(make_data_dir, Path(folder)).result()
        program = ("infra.bench.soaked", str(Path(folder) / "seasons"))
        chain = running.enter_context(
            local_edge(
                data_dir,
                log=lambda name, line: lines.append(line) if name == "functions" else None,
                bindings={"REQUESTS_PER_MINUTE": "1000000000"},
                program=program,
            )
        )
        soak = Soak(chain)
        found = _with_readers(soak, _paths(Path(folder), data_dir), round(60 * minutes))
    return summary(soak.seen, found, 60 * warm_up_minutes, [line for line in lines if ": " in line])


def make_data_dir(folder: Path) -> Path:
    """A data folder below ``folder``, filled and published by schedules just now; its seasons beside it."""
    from infra.backtest.data_dir import BacktestPlan, prepare
    from infra.backtest.network import PastNetwork
    from infra.bench.odds_run import made_up
    from infra.bench.soaked import season_of, soaked_settings
    from infra.cli.progress import Steps
    from sabiscore.bootstrap.job_context import open_job_context
    from sabiscore.jobs.registry import run_job

    clock, seasons = SystemClock(), folder / "seasons"
    simulate_into(seasons, SEED, SEASONS, _last_day(clock.now().date()))
    season = season_of(seasons, clock.now())
    plan = BacktestPlan(
        season=season,
        paths=sorted(seasons.glob("*.csv")),
        kind="simulated",
        data_dir=folder / "data",
        leagues=SERVED,
    )
    prepare(plan, made_up, clock, Steps(quiet=True))
    settings = soaked_settings(plan.settings.data_dir)
    with open_job_context(settings, clock, plan.kind, transport=PastNetwork(season, clock)) as context:
        for job in ("stats", "odds"):
            run_job(job, context)
    return settings.data_dir


def _last_day(today: date) -> date:
    """The last of the season that is played ``today``."""
    return date(season_start_year(season_on(today)) + 1, 6, 30)


def _paths(folder: Path, data_dir: Path) -> Path:
    """The file of what readers ask for: the lists first, then every insight."""
    from sabiscore.publication.publish import read
    from sabiscore.settings import read_settings

    served = read(read_settings({"SABISCORE_HOME": str(data_dir)}).publication).served
    paths = folder / "paths"
    asked = [*LISTS, *(f"/api/v1/insights/{match_id}" for match_id in served)]
    paths.write_text("\n".join(asked), encoding="utf-8")
    return paths


def _with_readers(soak: Soak, paths: Path, seconds: int) -> Mapping[str, WrkResult]:
    ended = threading.Event()
    watching = threading.Thread(target=soak.watch, args=(ended,))
    urls = {"Worker": (soak.chain.url, 40), "functions": (soak.chain.functions.url, 200)}
    fetch(soak.chain.functions.port, LISTS[0])
    watching.start()
    try:
        with ThreadPoolExecutor(len(urls)) as pool:
            asked: dict[str, Future[WrkResult]] = {
                name: pool.submit(
                    wrk,
                    url,
                    CONNECTIONS,
                    seconds,
                    script=ZIPF,
                    arguments=[str(paths), "1.0", str(pause_ms), "7"],
                )
                for name, (url, pause_ms) in urls.items()
            }
            return {name: future.result() for name, future in asked.items()}
    finally:
        ended.set()
        watching.join()


def summary(
    seen: Mapping[str, Sequence[ProcessSample]],
    found: Mapping[str, WrkResult],
    warm_up_s: float,
    runs: Sequence[str],
) -> Measurement:
    """The figures of what was ``seen`` of each process after ``warm_up_s``; ``runs`` are jobs' sentences."""
    warm = {name: [each for each in samples if each.at_s >= warm_up_s] for name, samples in seen.items()}
    if any(len(samples) < 2 for samples in warm.values()):
        raise Unavailable("Nothing was looked at after the warm-up.", hint="Soak for longer.")
    checks = [check for name, samples in warm.items() for check in _checks(name, samples)]
    lost = sum(result.broken + result.refused for result in found.values())
    return Measurement(
        [*checks, BoundCheck(id="L9", what="requests without a good answer", value=lost, sense="=", bound=0)],
        [
            *(_described(name, seen[name], warm[name]) for name in seen),
            *(
                f"L9: {result.requests} requests to the {name}, {result.rate:.0f} a second, "
                f"p99 {result.p99_ms:.0f} ms, {result.broken} broken, {result.refused} refused."
                for name, result in found.items()
            ),
            f"L9: {len(runs)} runs of schedules; the last: {runs[-1] if runs else 'none'}",
        ],
    )


def _checks(name: str, samples: Sequence[ProcessSample]) -> Iterator[BoundCheck]:
    growth = growth_mb(samples, SLOPE_OVER_S)
    yield BoundCheck(
        id="L9", what=f"{name}: memory in 10 min", value=growth, sense="≤", bound=MOST_GROWTH_MB, unit="MB"
    )
    for what in ("descriptors", "threads"):
        counts = [getattr(each, what) for each in samples]
        yield BoundCheck(
            id="L9", what=f"{name}: {what} never given back", value=risen(counts), sense="≤", bound=0
        )


def _described(name: str, seen: Sequence[ProcessSample], warm: Sequence[ProcessSample]) -> str:
    last, minutes = warm[-1], (warm[-1].at_s - warm[0].at_s) / 60
    return (
        f"L9: {name}: {seen[0].rss_mb:.0f} MB at first, {warm[0].rss_mb:.0f} when warm, {last.rss_mb:.0f} "
        f"{minutes:.0f} min later, the most {max(each.rss_mb for each in seen):.0f}; "
        f"{last.descriptors} descriptors, {last.threads} threads. MB, in fifteenths of the time: "
        f"{' '.join(f'{each.rss_mb:.0f}' for each in seen[:: max(1, len(seen) // SHOWN)])}."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.soak", __doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--warm-up-minutes", type=float, default=WARM_UP_MINUTES)
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.minutes, given.warm_up_minutes), given.json)


if __name__ == "__main__":
    sys.exit(main())

"""Half an hour under load (line L9): what ``up --schedules`` and the edge hold must not grow.

``python -m infra.bench.soak``. The Worker in workerd, a real Redis, and behind them the functions with every
schedule, whose providers answer from a simulated season as it would stand now. Readers ask the Worker and,
past it, the functions. Memory, descriptors and threads of each process are looked at every few seconds; what
a process grows by while it warms up does not count. The Worker's memory is what its isolate holds after a
collection of garbage: workerd holds stand-ins of Cloudflare's services too, and collects when it likes.
``--minutes`` and ``--warm-up-minutes`` shorten it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.function import fetch
from infra.bench.processes import MemorySample, ProcessSample, family, growth_mb, risen, sample
from infra.bench.wrk import ZIPF, WrkResult, wrk
from infra.local.edge import EDGE, NODE, LocalEdge, local_edge
from infra.local.seasons import SEED, simulate_into
from infra.rigs.part import free_port
from sabiscore.clock import SystemClock
from sabiscore.domain.league import SERVED
from sabiscore.domain.match import season_on, season_start_year
from sabiscore.errors import Unavailable

MINUTES, WARM_UP_MINUTES = 30.0, 10.0
EVERY_S = 5.0
HEAP_EVERY_S = 15
UP, WORKERD = "up --schedules", "workerd"
ISOLATE = "Worker's isolate"
SLOPE_OVER_S = 600.0
MOST_GROWTH_MB = 1.0
SEASONS = 3
CONNECTIONS = 8
SHOWN = 15
LISTS = ("/api/v1/matches", "/api/v1/leagues", "/api/v1/value-bets", "/api/v1/performance", "/health/live")
"""Asked for beside every insight that is served."""

Sample = TypeVar("Sample", bound=MemorySample)


@dataclass(kw_only=True)
class Soak:
    """What was seen: of each process by name, of the Worker's isolate, by each reader, of schedules."""

    processes: dict[str, list[ProcessSample]] = field(default_factory=lambda: defaultdict(list))
    heap: list[MemorySample] = field(default_factory=list)
    readers: dict[str, WrkResult] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    """What schedules said, a line each."""

    def watch(self, chain: LocalEdge, ended: threading.Event) -> None:
        """Looks at every process of ``chain`` until the end; Node only starts workerd."""
        began = time.monotonic()
        workerd = [(name, pid) for name, pid in family(chain.worker.pid) if name == WORKERD]
        while not ended.wait(EVERY_S):
            for name, pid in ((UP, chain.functions.pid), *workerd):
                self.processes[name].append(sample(pid, time.monotonic() - began))

    def watch_heap(self, looking: subprocess.Popen[str]) -> None:
        """Keeps what ``local/heap.ts`` says, until it ends."""
        began = time.monotonic()
        for line in looking.stdout or ():
            self.heap.append(MemorySample(time.monotonic() - began, int(line) / 1e6))


def measure(minutes: float, warm_up_minutes: float) -> Measurement:
    """All figures of the line."""
    soak, inspector = Soak(), free_port()

    def log(name: str, line: str) -> None:
        if name == "functions" and ": " in line:
            soak.runs.append(line)

    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder, ExitStack() as running:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            data_dir = pool.submit(make_data_dir, Path(folder)).result()
        chain = running.enter_context(
            local_edge(
                data_dir,
                log=log,
                bindings={"REQUESTS_PER_MINUTE": "1000000000"},
                program=("infra.bench.soaked", str(Path(folder) / "seasons")),
                inspector=inspector,
            )
        )
        paths = _paths(Path(folder), data_dir)
        fetch(chain.functions.port, LISTS[0])
        with watched(soak, chain, inspector):
            soak.readers.update(_read(chain, paths, round(60 * minutes)))
    return summary(soak, 60 * warm_up_minutes)


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


@contextmanager
def watched(soak: Soak, chain: LocalEdge, inspector: int) -> Iterator[None]:
    """Looks at the processes of ``chain`` and at the heap of its Worker meanwhile."""
    ended = threading.Event()
    with subprocess.Popen(
        [NODE, "local/heap.ts", str(inspector), str(HEAP_EVERY_S)],
        cwd=EDGE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as looking:
        watching = [
            threading.Thread(target=soak.watch, args=(chain, ended)),
            threading.Thread(target=soak.watch_heap, args=(looking,)),
        ]
        for each in watching:
            each.start()
        try:
            yield
        finally:
            ended.set()
            looking.terminate()
            for each in watching:
                each.join()


def _read(chain: LocalEdge, paths: Path, seconds: int) -> Mapping[str, WrkResult]:
    """What readers found who asked the Worker and, past it, the functions."""
    urls = {"Worker": (chain.url, 40), "functions": (chain.functions.url, 200)}
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


def summary(soak: Soak, warm_up_s: float) -> Measurement:
    """The figures of what was seen after ``warm_up_s``."""
    warm = {name: _warm(samples, warm_up_s) for name, samples in soak.processes.items()}
    heap = _warm(soak.heap, warm_up_s)
    memory = {ISOLATE: heap, **{name: samples for name, samples in warm.items() if name != WORKERD}}
    lost = sum(result.broken + result.refused for result in soak.readers.values())
    return Measurement(
        [
            *(_memory_check(name, samples) for name, samples in memory.items()),
            *(check for name, samples in warm.items() for check in _count_checks(name, samples)),
            BoundCheck(id="L9", what="requests without a good answer", value=lost, sense="=", bound=0),
        ],
        [
            *(_described(name, soak.processes[name], samples) for name, samples in warm.items()),
            f"L9: {ISOLATE}: {_megabytes(soak.heap, 2)} after collections of garbage.",
            *(
                f"L9: {result.requests} requests to the {name}, {result.rate:.0f} a second, "
                f"p99 {result.p99_ms:.0f} ms, {result.broken} broken, {result.refused} refused."
                for name, result in soak.readers.items()
            ),
            f"L9: {len(soak.runs)} runs of schedules; the last: {soak.runs[-1] if soak.runs else 'none'}",
        ],
    )


def _warm(samples: Sequence[Sample], warm_up_s: float) -> Sequence[Sample]:
    """Those after the warm-up; raises Unavailable where they show no growth."""
    warm = [each for each in samples if each.at_s >= warm_up_s]
    if len(warm) < 2:
        raise Unavailable("Nothing was looked at after the warm-up.", hint="Soak for longer.")
    return warm


def _memory_check(name: str, samples: Sequence[MemorySample]) -> BoundCheck:
    growth = growth_mb(samples, SLOPE_OVER_S)
    return BoundCheck(
        id="L9", what=f"{name}: memory in 10 min", value=growth, sense="≤", bound=MOST_GROWTH_MB, unit="MB"
    )


def _count_checks(name: str, samples: Sequence[ProcessSample]) -> Iterator[BoundCheck]:
    for what in ("descriptors", "threads"):
        counts = [getattr(each, what) for each in samples]
        yield BoundCheck(
            id="L9", what=f"{name}: {what} never given back", value=risen(counts), sense="≤", bound=0
        )


def _described(name: str, seen: Sequence[ProcessSample], warm: Sequence[ProcessSample]) -> str:
    last, minutes = warm[-1], (warm[-1].at_s - warm[0].at_s) / 60
    return (
        f"L9: {name}: {warm[0].mb:.0f} MB when warm, {last.mb:.0f} {minutes:.0f} min later, the most "
        f"{max(each.mb for each in seen):.0f}, {growth_mb(warm, SLOPE_OVER_S):+.1f} in 10 min; "
        f"{last.descriptors} descriptors, {last.threads} threads. {_megabytes(seen)}."
    )


def _megabytes(samples: Sequence[MemorySample], digits: int = 0) -> str:
    shown = samples[:: max(1, len(samples) // SHOWN)]
    return f"MB, in fifteenths of the time: {' '.join(f'{each.mb:.{digits}f}' for each in shown)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.soak", __doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--warm-up-minutes", type=float, default=WARM_UP_MINUTES)
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.minutes, given.warm_up_minutes), given.json)


if __name__ == "__main__":
    sys.exit(main())

"""The figures of the spine, from files to graph, each beside the limit it must keep."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from infra.bench.processes import peak_mib
from infra.cli.progress import Steps
from infra.local.data_dirs import kind_of
from infra.local.run import history_of, ingest_folder
from sabiscore.settings import Settings, read_settings

T = TypeVar("T")

FORECASTS = 200
"""Single vectors that are timed."""


@dataclass(frozen=True, slots=True)
class SpineFigure:
    """One measurement; ``limit`` is an upper bound, None where it is only reported."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def holds(self) -> bool | None:
        return None if self.limit is None else self.value <= self.limit

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


@dataclass(frozen=True, slots=True)
class ReplayCost:
    """What a process of its own measured of the replay."""

    matches: int
    all_s: float
    half_s: float
    peak_mib: float
    vector_ms: float


def figures(folder: Path, steps: Steps) -> list[SpineFigure]:
    """Every figure, measured on the season files in ``folder`` in a data folder that is thrown away."""
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = Path(scratch)
        settings = replace(
            read_settings({}), data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'store.db'}"
        )
        return [
            *_ingestion(folder, settings, steps),
            *_replay(settings, steps),
            *_training(folder, settings, steps),
        ]


def _ingestion(folder: Path, settings: Settings, steps: Steps) -> Iterator[SpineFigure]:
    read = partial(ingest_folder, folder, settings, kind_of(folder), steps)
    first, report = _timed(read)
    again, _ = _timed(read)
    yield SpineFigure("season files", len(report.files), "files")
    yield SpineFigure("ingest, fresh store", first, "s", 20)
    yield SpineFigure("ingest, unchanged", again, "s", 2)
    yield SpineFigure("loading the archive", _timed(lambda: history_of(settings))[0], "s", 2)


def _replay(settings: Settings, steps: Steps) -> Iterator[SpineFigure]:
    # A fresh process: the peak of memory is the replay's own, imports and archive included.
    with steps.step("Replaying"), ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        seen = pool.submit(measure_replay, settings).result()
    yield SpineFigure("matches replayed", seen.matches, "matches")
    yield SpineFigure("replay", seen.all_s, "s", 4)
    yield SpineFigure("replay, peak memory", seen.peak_mib, "MiB", 340)
    yield SpineFigure("replay, all over half the matches", seen.all_s / seen.half_s, "times", 2.2)
    yield SpineFigure("one vector from the saved state", seen.vector_ms, "ms", 0.4)


def measure_replay(settings: Settings) -> ReplayCost:
    """Times the replay of the store's history, of half of it, and of single vectors."""
    from sabiscore.features.replay import replay, vectors

    history = history_of(settings, played=True)
    half_s, _ = _timed(lambda: replay(history.take(slice(0, len(history) // 2))))
    all_s, replayed = _timed(lambda: replay(history))
    peak = peak_mib()
    single = [history.take(slice(row, row + 1)) for row in range(len(history) - FORECASTS, len(history))]
    times = [_timed(partial(vectors, replayed.state, row))[0] for row in single]
    return ReplayCost(len(history), all_s, half_s, peak, 1000 * median(times))


def _training(folder: Path, settings: Settings, steps: Steps) -> Iterator[SpineFigure]:
    from model_export.measure import LIMITS, measure_graph
    from model_export.registry import Registry
    from model_export.samples import samples
    from model_export.train import MARKET, train
    from sabiscore.features.vector import SCHEMA

    past = history_of(settings, played=True)
    registry = Registry(settings.registry, SCHEMA)
    with steps.step("Training the ensemble") as report:
        seconds, trained = _timed(lambda: train(past, registry, kind=kind_of(folder), report=report))
    yield SpineFigure("evaluate, fit and export", seconds, "s", 300)
    with steps.step("Measuring the graph"):
        table, _ = samples(past)
        measured = measure_graph(trained.ensemble, trained.folder, table.X, MARKET)
    for name, value in asdict(measured).items():
        yield SpineFigure(f"graph, {name}", float(value), "", LIMITS.get(name))


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done

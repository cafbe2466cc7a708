"""The graph's figures beside the native ensemble's, taken in one run on one machine."""

from __future__ import annotations

import copy
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import joblib
import numpy as np

from model_export.ensemble import Ensemble, Matrix
from model_export.stopwatch import BUNDLE, NATIVE, start_ms, times_us
from model_export.verify import Columns, verify
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.manifest import parse_manifest
from sabiscore.inference.predict import OnnxModel
from sabiscore.inference.session import open_session

LIMITS = {
    "max_difference": 1e-6,
    "graph_mib": 1.0,
    "load_ms": 40.0,
    "row_ratio": 1 / 40,
    "start_ratio": 1 / 5,
}
"""What must hold; each is an upper bound of the figure of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFigures:
    """What one run measured. ``row_ratio`` is the graph's p99 over the native p50 of one row,
    ``start_ratio`` the bundle's over the native time from process start to first prediction."""

    max_difference: float
    rows: int
    rows_alone: int
    graph_mib: float
    load_ms: float
    row_p50_us: float
    row_p99_us: float
    batch_512_ms: float
    native_row_p50_us: float
    native_row_p99_us: float
    row_ratio: float
    start_ms: float
    native_start_ms: float
    start_ratio: float

    @property
    def failures(self) -> dict[str, tuple[float, float]]:
        """Figures above their limit: name → (figure, limit)."""
        pairs = {name: (float(getattr(self, name)), limit) for name, limit in LIMITS.items()}
        return {name: pair for name, pair in pairs.items() if not pair[0] <= pair[1]}

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "limits": LIMITS, "failures": sorted(self.failures)}


def measure_graph(
    ensemble: Ensemble,
    folder: Path,
    X: Matrix,
    market: tuple[Columns, Columns] = ((), ()),
    rounds: int = 9,
) -> GraphFigures:
    """The figures of the bundle in ``folder`` against ``ensemble``, on float32 vectors ``X``.

    Every row is compared, and every row of ``X`` is also run alone. The native ensemble runs on
    one thread, its fastest for one row, and is saved with joblib in a temporary folder only.
    """
    bundle = read_bundle(folder, parse_manifest((folder / "manifest.json").read_bytes()).schema)
    agreement = verify(bundle.model, ensemble, X, market, alone=None)
    model, native = OnnxModel(bundle), single_threaded(ensemble)
    row = one_row_us(model, native, X, 5 * rounds)
    ours_ms, theirs_ms = _starts_ms(native, folder, bundle.manifest.schema, X[:1], rounds)
    batch = np.resize(X, (512, X.shape[1]))
    return GraphFigures(
        max_difference=agreement.max_difference,
        rows=agreement.rows,
        rows_alone=agreement.alone,
        graph_mib=len(bundle.model) / 2**20,
        load_ms=_load_ms(bundle.model, X.shape[1], rounds),
        row_p50_us=row.p50,
        row_p99_us=row.p99,
        batch_512_ms=median(times_us(model.predict, [batch], rounds)) / 1000,
        native_row_p50_us=row.native_p50,
        native_row_p99_us=row.native_p99,
        row_ratio=row.p99 / row.native_p50,
        start_ms=ours_ms,
        native_start_ms=theirs_ms,
        start_ratio=ours_ms / theirs_ms,
    )


@dataclass(frozen=True, slots=True)
class OneRow:
    """What one row costs, in µs, in the calmest round of each side."""

    p50: float
    p99: float
    native_p50: float
    native_p99: float


def one_row_us(model: OnnxModel, native: Ensemble, X: Matrix, rounds: int) -> OneRow:
    """The cost of a row, the graph (100 calls) and the native ensemble (5) taking turns in ``rounds``.

    Each percentile is its least over the rounds, as ``timeit`` advises: a slower round tells of the
    machine's other work, and a stolen slice of 4 ms is fifty of our rows.
    """
    rows = [X[index : index + 1] for index in range(min(100, len(X)))]
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(np.percentile(times_us(model.predict, rows, 100), [50, 99]))
        theirs.append(np.percentile(times_us(native.predict_proba, rows, 5), [50, 99]))
    return OneRow(*np.min(ours, axis=0).tolist(), *np.min(theirs, axis=0).tolist())


def single_threaded(ensemble: Ensemble) -> Ensemble:
    """A copy of ``ensemble`` whose members use one thread."""
    alone = copy.deepcopy(ensemble)
    for member in (alone.forest, alone.xgboost, alone.lightgbm):
        member.set_params(n_jobs=1)  # type: ignore[attr-defined]
    return alone


def _load_ms(model: bytes, n_features: int, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        open_session(model, n_features)
        times.append((time.perf_counter_ns() - start) / 1e6)
    return median(times)


def _starts_ms(native: Ensemble, folder: Path, schema: str, row: Matrix, rounds: int) -> tuple[float, float]:
    """(bundle, native): median ms from starting a process to its first prediction, taken in turn."""
    with tempfile.TemporaryDirectory() as name:
        saved, vector = Path(name) / "native.joblib", Path(name) / "row.npy"
        joblib.dump(native, saved)
        np.save(vector, row)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(start_ms(BUNDLE, str(folder), str(vector), schema))
            theirs.append(start_ms(NATIVE, str(saved), str(vector)))
    return median(ours), median(theirs)

"""The gate of every release: the graph says what Python says, alone and in a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from onnxruntime import InferenceSession

from model_export.ensemble import Ensemble, Matrix
from sabiscore.errors import BadBundle, Refused
from sabiscore.history import Floats
from sabiscore.inference.manifest import TOLERANCE
from sabiscore.inference.probes import Probes
from sabiscore.inference.session import open_session

ALONE = 2000
"""How many rows of each view are also put through the graph one by one, unless set otherwise."""

WORKERS = 2
"""Threads that Python's own answers are computed in, while nothing else runs."""

PROBES_A_VIEW = 10
"""Rows of each view that the bundle carries with their answers: 33 with those of which nothing is known."""

BATCH = 4096
"""Rows that are compared together: what graph and members hold of all of them would be a gigabyte."""

NOTHING = "with nothing known"

Columns = Sequence[int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a graph is from Python: the largest absolute difference of a probability over ``rows``.

    ``alone`` of the rows were also predicted one at a time, and were equal bit for bit. ``probes`` are
    some of them with Python's answers, for the bundle to carry.
    """

    max_difference: float
    rows: int
    alone: int
    probes: Probes = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """The figures, for the manifest."""
        return {"max_difference": self.max_difference, "rows": self.rows, "alone": self.alone}


def verify(
    model: bytes,
    ensemble: Ensemble,
    X: Matrix,
    market: tuple[Columns, Columns] = ((), ()),
    alone: int | None = ALONE,
) -> Agreement:
    """The agreement of the graph ``model`` with ``ensemble`` on ``X`` and on what ``views`` makes of it.

    ``market`` holds the columns that come from past prices and from this match's prices.
    ``alone`` rows of each view, evenly spaced, are also run one by one; None for every row. Raises
    BadBundle when a probability differs by more than TOLERANCE, or a row alone differs at all.
    """
    if not len(X):
        raise Refused("There are no rows to verify the graph on.", hint="Hand over the training rows.")
    session = open_session(model, X.shape[1])
    alone_at, probed_at = _spread(len(X), alone or len(X)), _spread(len(X), PROBES_A_VIEW)
    worst, rows, singles = 0.0, 0, 0
    probes: dict[str, list[Matrix]] = {}
    for begin, name, view in _batches(X, ensemble.flags, market):
        ours = _by_graph(session, view)
        difference = float(np.abs(ours - _by_python(ensemble, view)).max(initial=0.0))
        if not difference <= TOLERANCE:
            raise BadBundle(f"The graph differs from Python by {difference:.2g} on rows {name}.")
        probes.setdefault(name, []).append(view[_inside(probed_at, begin, view)])
        chosen = np.arange(len(view)) if name == NOTHING else _inside(alone_at, begin, view)
        for row in chosen:
            if not np.array_equal(_by_graph(session, view[row : row + 1])[0], ours[row]):
                raise BadBundle(f"Row {begin + row} alone is not the same row in a batch, on rows {name}.")
        worst, rows, singles = max(worst, difference), rows + len(view), singles + len(chosen)
    vectors = np.concatenate([view for parts in probes.values() for view in parts])
    return Agreement(worst, rows, singles, Probes(vectors, _answers(ensemble, vectors)))


def _batches(
    X: Matrix, flags: tuple[int, int], market: tuple[Columns, Columns]
) -> Iterator[tuple[int, str, Matrix]]:
    """(first row, name, rows) of each view of each BATCH rows of ``X``; of what knows nothing once."""
    for begin in range(0, len(X), BATCH):
        for name, view in views(X[begin : begin + BATCH], flags, market):
            if name != NOTHING or not begin:
                yield begin, name, view


def _inside(rows: npt.NDArray[np.int64], begin: int, view: Matrix) -> npt.NDArray[np.int64]:
    """Which rows of ``view``, whose first is ``begin``, are among ``rows``."""
    return rows[(rows >= begin) & (rows < begin + len(view))] - begin


def _spread(rows: int, most: int) -> npt.NDArray[np.int64]:
    """At most ``most`` of ``rows`` row numbers, evenly spaced from the first to the last."""
    return np.unique(np.linspace(0, rows - 1, min(most, rows)).astype(np.int64))


def _by_graph(session: InferenceSession, view: Matrix) -> Matrix:
    """float32 [n, 4]: home, draw, away, and three goals or more."""
    return np.concatenate(session.run(["probabilities", "over"], {"vectors": view}), axis=1)


def _answers(ensemble: Ensemble, view: Matrix) -> Floats:
    """float64 [n, 4]: the same by the ensemble itself."""
    return np.column_stack([ensemble.predict_proba(view), ensemble.over(view)])


def _by_python(ensemble: Ensemble, view: Matrix) -> Floats:
    """float64 [n, 4]: what the ensemble itself says of ``view``, a part of the rows in each thread."""
    with ThreadPoolExecutor(WORKERS) as threads:
        return np.concatenate(list(threads.map(partial(_answers, ensemble), np.array_split(view, WORKERS))))


def views(X: Matrix, flags: tuple[int, int], market: tuple[Columns, Columns]) -> Iterator[tuple[str, Matrix]]:
    """(name, rows): ``X`` as it stands, then knowing less, so that every level of knowledge is covered."""
    yield "as they stand", X
    past, now = flags
    blind = X.copy()
    blind[:, list(market[1])] = np.nan
    blind[:, now] = 0
    yield "without this match's prices", blind
    blind = blind.copy()
    blind[:, list(market[0])] = np.nan
    blind[:, past] = 0
    yield "without any prices", blind
    empty = np.full((3, X.shape[1]), np.nan, np.float32)
    empty[:, flags] = [[0, 0], [1, 0], [1, 1]]
    yield NOTHING, empty

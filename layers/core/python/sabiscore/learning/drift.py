"""Whether the model in production still does what its bundle's evaluation promised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.learning import metrics
from sabiscore.learning.settled import Settled, columns, in_order

Floats = npt.NDArray[np.float64]

WINDOW = 380
"""Settled matches that are looked at: about two months of five leagues, a season of one."""
ACCURACY_DROP = 0.02
LEAST = 100
"""Fewer matches tell nothing."""
SURE = 3.0
"""Standard errors beyond which a drop is not chance. It is looked at after every match: of 1,750 of them,
a sound model passes 1.96 in every second season, and this in one of twenty (tests/unit/learning)."""
SHIFTED = 0.25
"""A population stability index from here on is called a large shift (Siddiqi 2006)."""
BINS = 10
_EMPTY = 1e-4
"""Stands for a bin that nobody is in, whose logarithm would be infinite."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the bundle's own held-out evaluation says: its accuracy, and its log loss less the market's."""

    accuracy: float
    against_market: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """The newest ``n`` settled predictions of a bundle against what it promised.

    ``accuracy_z`` is the drop of accuracy in standard errors, ``market_z`` the same for the log
    loss less the market's; None where either side is not known. ``failing`` says to go back.
    """

    n: int
    accuracy: float | None
    accuracy_z: float | None
    against_market: float | None
    market_z: float | None
    failing: bool
    because: str


def drift(settled: Sequence[Settled], promise: Promise) -> Drift:
    """How the newest settled predictions of one bundle compare with ``promise``.

    Failing is a drop of accuracy by more than two points that is beyond chance, however often one
    looks: one standard error of 380 matches is 2.5 points.
    """
    newest = in_order(settled)[-WINDOW:]
    if not newest:
        return Drift(0, None, None, None, None, False, "nothing is settled yet")
    matches = columns(newest)
    accuracy, n = metrics.accuracy(matches.p, matches.y), len(newest)
    z = (promise.accuracy - accuracy) / math.sqrt(promise.accuracy * (1 - promise.accuracy) / n)
    difference, market_z = _market(matches.p, matches.early, matches.y, promise)
    failing = n >= LEAST and promise.accuracy - accuracy > ACCURACY_DROP and z > SURE
    fall = 100 * (promise.accuracy - accuracy)
    because = (
        f"accuracy fell by {fall:.1f} points on {n} matches, {z:.1f} standard errors"
        if failing
        else f"accuracy is {accuracy:.1%} on {n} matches, promised {promise.accuracy:.1%}"
    )
    return Drift(n, accuracy, z, difference, market_z, failing, because)


def _market(
    p: Floats, early: Floats, y: npt.NDArray[np.int64], promise: Promise
) -> tuple[float | None, float | None]:
    known = ~np.isnan(early[:, 0])
    if known.sum() < 2:
        return None, None
    gaps = metrics.log_losses(p[known], y[known]) - metrics.log_losses(early[known], y[known])
    difference = float(gaps.mean())
    error = float(gaps.std(ddof=1)) / math.sqrt(len(gaps))
    if promise.against_market is None or error == 0:
        return difference, None
    return difference, (difference - promise.against_market) / error


@dataclass(frozen=True, slots=True)
class Population:
    """How training's features were spread: ``edges`` [F, 9] between ten bins, ``shares`` [F, 11].

    The last share is of the missing values.
    """

    edges: Floats
    shares: Floats


def population(vectors: npt.NDArray[np.float32]) -> Population:
    """The spread of ``vectors`` [n, F], NaN where a feature is missing."""
    steps = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = np.full((vectors.shape[1], BINS - 1), np.nan)
    for feature, column in enumerate(vectors.T.astype(np.float64)):
        known = column[~np.isnan(column)]
        if len(known):
            edges[feature] = np.quantile(known, steps)
    return Population(edges, _shares(vectors, edges))


def shift(then: Population, vectors: npt.NDArray[np.float32]) -> Floats:
    """float64 [F]: the population stability index of each feature of ``vectors`` [n, F] against ``then``.

    ``Σ (now − then) · ln(now / then)`` over the bins, missing values being one of their own. At
    least a few hundred vectors are needed: with n of them chance alone gives about ``10 / n``.
    """
    now, before = _shares(vectors, then.edges) + _EMPTY, then.shares + _EMPTY
    index: Floats = np.sum((now - before) * np.log(now / before), axis=1)
    return index


def _shares(vectors: npt.NDArray[np.float32], edges: Floats) -> Floats:
    shares = np.zeros((vectors.shape[1], BINS + 1))
    for feature, column in enumerate(vectors.T.astype(np.float64)):
        places = np.searchsorted(edges[feature], column, side="right")
        places[np.isnan(column)] = BINS
        shares[feature] = np.bincount(places, minlength=BINS + 1)
    total: Floats = shares / max(1, len(vectors))
    return total

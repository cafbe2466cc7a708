"""Whether the model in production still does what its bundle's evaluation promised."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats
from sabiscore.learning import metrics
from sabiscore.learning.settled import Settled
from sabiscore.learning.settled_table import SettledTable

DRIFT_WINDOW = 380
"""Settled matches that are looked at: about two months of five leagues, a season of one."""
ACCURACY_DROP = 0.02
LEAST_SETTLED = 100
"""Fewer matches tell nothing."""
SURE = 3.0
"""Standard errors beyond which a drop is not chance. It is looked at after every match: of 1,750 of them,
a sound model passes 1.96 in every second season, and this in one of twenty (tests/unit/learning)."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the bundle's own held-out evaluation says: accuracy, log loss less the market's, and log loss."""

    accuracy: float
    against_market: float | None
    log_loss: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The newest ``n`` settled predictions of a bundle against what it promised.

    ``accuracy_z`` is the drop of accuracy in standard errors, ``log_loss_z`` the rise of the log loss,
    ``market_z`` that of the log loss less the market's; None where either side is not known. ``failing``
    says to go back.
    """

    n: int
    accuracy: float | None
    accuracy_z: float | None
    against_market: float | None
    market_z: float | None
    failing: bool
    because: str
    log_loss: float | None = None
    log_loss_z: float | None = None


def drift(settled: Iterable[Settled], promise: Promise) -> Drift:
    """How the newest settled predictions of one bundle compare with ``promise``.

    Failing is a drop of accuracy by more than two points that is beyond chance, however often one
    looks: one standard error of 380 matches is 2.5 points.
    """
    matches = SettledTable.of(settled).in_order().rows(slice(-DRIFT_WINDOW, None))
    if not len(matches):
        return Drift(
            n=0,
            accuracy=None,
            accuracy_z=None,
            against_market=None,
            market_z=None,
            failing=False,
            because="nothing is settled yet",
        )
    accuracy, n = metrics.accuracy(matches.p, matches.y), len(matches)
    z = (promise.accuracy - accuracy) / math.sqrt(promise.accuracy * (1 - promise.accuracy) / n)
    difference, market_z = _market(matches.p, matches.early, matches.y, promise)
    failing = n >= LEAST_SETTLED and promise.accuracy - accuracy > ACCURACY_DROP and z > SURE
    fall = 100 * (promise.accuracy - accuracy)
    because = (
        f"accuracy fell by {fall:.1f} points on {n} matches, {z:.1f} standard errors"
        if failing
        else f"accuracy is {accuracy:.1%} on {n} matches, promised {promise.accuracy:.1%}"
    )
    losses = metrics.log_losses(matches.p, matches.y)
    rise = _errors_above(losses, promise.log_loss)
    return Drift(
        n=n,
        accuracy=accuracy,
        accuracy_z=z,
        against_market=difference,
        market_z=market_z,
        failing=failing,
        because=because,
        log_loss=float(losses.mean()),
        log_loss_z=rise,
    )


def _market(
    p: Floats, early: Floats, y: npt.NDArray[np.int64], promise: Promise
) -> tuple[float | None, float | None]:
    known = ~np.isnan(early[:, 0])
    if known.sum() < 2:
        return None, None
    gaps = metrics.log_losses(p[known], y[known]) - metrics.log_losses(early[known], y[known])
    return float(gaps.mean()), _errors_above(gaps, promise.against_market)


def _errors_above(values: Floats, promised: float | None) -> float | None:
    """How many standard errors the mean of ``values`` is above what was promised."""
    if promised is None or len(values) < 2:
        return None
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return (float(values.mean()) - promised) / error if error else None

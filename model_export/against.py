"""Means over matches with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model_export.fit import SEED
from sabiscore.history import Floats
from sabiscore.learning import metrics


@dataclass(frozen=True, slots=True)
class Against:
    """A mean over ``n`` matches, mostly of log loss less another forecaster's, with its 95% interval."""

    n: int
    difference: float
    low: float
    high: float


def mean_of(differences: Floats) -> Against | None:
    """The mean of what is known of ``differences`` [n], with its interval; None where nothing is."""
    return means_of(differences)[0]


def means_of(*columns: Floats) -> list[Against | None]:
    """``mean_of`` of each of ``columns`` [n]: of the same matches, from the same resamples."""
    intervals = metrics.intervals(np.stack(columns, axis=1), SEED)
    return [
        Against(int((~np.isnan(column)).sum()), float(np.nanmean(column)), low, high)
        if not np.isnan(column).all()
        else None
        for column, (low, high) in zip(columns, intervals, strict=True)
    ]

"""Scores of probability forecasts over home, draw and away; all means a match, the lower the better."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.int64]

RESAMPLES = 1000
BINS = 10


def log_losses(p: Floats, y: Outcomes) -> Floats:
    """float64 [n]: minus the natural log of the probability given to what happened."""
    losses: Floats = -np.log(p[np.arange(len(y)), y])
    return losses


def brier(p: Floats, y: Outcomes) -> float:
    """The squared error summed over the three classes (Brier 1950): 0 at best, 2 at worst."""
    return float(((p - np.eye(3)[y]) ** 2).sum(axis=1).mean())


def ranked_probability_score(p: Floats, y: Outcomes) -> float:
    """Half the squared error of the cumulative probabilities home, home or draw (Epstein 1969)."""
    gap = np.cumsum(p - np.eye(3)[y], axis=1)[:, :2]
    return float((gap**2).sum(axis=1).mean() / 2.0)


def accuracy(p: Floats, y: Outcomes) -> float:
    """The share of matches whose likeliest outcome happened."""
    return float((p.argmax(axis=1) == y).mean())


def calibration_error(p: Floats, y: Outcomes) -> float:
    """Expected calibration error over all three classes' probabilities in ten bins of equal width.

    A perfect forecaster shows about .015 on 5,000 matches, not 0.
    """
    chance, hit = p.reshape(-1), np.eye(3)[y].reshape(-1)
    bins = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, weights=hit - chance, minlength=BINS)
    return float(np.abs(gaps).sum() / len(chance))


def interval(differences: Floats, seed: int) -> tuple[float, float]:
    """The 95% bootstrap interval of the mean of paired ``differences``."""
    rng = np.random.default_rng(seed)
    n = len(differences)
    means = [differences[rng.integers(0, n, n)].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)

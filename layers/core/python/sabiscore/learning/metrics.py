"""Scores of probability forecasts over home, draw and away; all means a match, the lower the better."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats

Outcomes = npt.NDArray[np.int64]

RESAMPLES = 1000
CALIBRATION_BINS = 10
BLOCK = 256
BLOCKS_KEPT = 128
"""Whose draws stay in memory, 32 MB: of 32,768 matches, each is drawn once."""


def log_losses(p: Floats, y: Outcomes) -> Floats:
    """float64 [n]: minus the natural log of the probability given to what happened."""
    losses: Floats = -np.log(p[np.arange(len(y)), y])
    return losses


def brier(p: Floats, y: Outcomes) -> float:
    """The squared error summed over the three classes (Brier 1950): 0 at best, 2 at worst.

    ``p`` float64 [n, 3], ``y`` int64 [n].
    """
    return float(((p - np.eye(3)[y]) ** 2).sum(axis=1).mean())


def ranked_probability_score(p: Floats, y: Outcomes) -> float:
    """Half the squared error of the cumulative probabilities home, home or draw (Epstein 1969).

    ``p`` float64 [n, 3], ``y`` int64 [n].
    """
    gap = np.cumsum(p - np.eye(3)[y], axis=1)[:, :2]
    return float((gap**2).sum(axis=1).mean() / 2.0)


def accuracy(p: Floats, y: Outcomes) -> float:
    """The share of matches whose likeliest outcome happened.

    ``p`` float64 [n, 3], ``y`` int64 [n].
    """
    return float((p.argmax(axis=1) == y).mean())


def calibration_error(p: Floats, y: Outcomes) -> float:
    """Expected calibration error over all three classes' probabilities in ten bins of equal width.

    A perfect forecaster shows about .015 on 5,000 matches, not 0.

    ``p`` float64 [n, 3], ``y`` int64 [n].
    """
    chance, hit = p.reshape(-1), np.eye(3)[y].reshape(-1)
    bins = np.minimum((chance * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=hit - chance, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(chance))


def divergences(truth: Floats, p: Floats) -> Floats:
    """float64 [n]: KL(truth‖p) of each row of ``truth`` and ``p`` [n, 3]: how much worse ``p`` must score.

    The expected log loss of ``p`` less that of ``truth`` if ``truth`` is right (Kullback and Leibler 1951).

    >>> float(divergences(np.array([[0.5, 0.25, 0.25]]), np.array([[0.5, 0.25, 0.25]]))[0])
    0.0
    """
    kl: Floats = (truth * np.log(truth / p)).sum(axis=1)
    return kl


def bias(p: Floats, y: Outcomes) -> tuple[float, float, float]:
    """How much likelier than it was each of home, draw and away was said to be, in probability.

    ``p`` float64 [n, 3], ``y`` int64 [n]; the three sum to 0.
    """
    home, draw, away = (p - np.eye(3)[y]).mean(axis=0).tolist()
    return home, draw, away


SLOPE_STEPS = 20
SLOPE_SETTLED = 1e-6
LEAST_CURVE = 1e-6


def calibration_slope(p: Floats, y: Outcomes) -> tuple[float, float] | None:
    """(slope, standard error): the power of ``p`` that fits ``y`` best; 1 is sound, under 1 too sure.

    Cox (1958), with one slope for the three outcomes: ``softmax(slope · log p)``, by Newton's method.
    None where no power fits best, as on a few matches that all went one way.

    ``p`` float64 [n, 3], ``y`` int64 [n].
    """
    logs, rows, slope = np.log(p), np.arange(len(y)), 1.0
    for _ in range(SLOPE_STEPS):
        z = slope * logs
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        powers /= powers.sum(axis=1, keepdims=True)
        mean = (powers * logs).sum(axis=1)
        curve = float((powers * (logs - mean[:, None]) ** 2).sum())
        if curve < LEAST_CURVE:
            return None
        step = float((logs[rows, y] - mean).sum()) / curve
        slope += step
        if abs(step) < SLOPE_SETTLED:
            return slope, float(curve**-0.5)
    return None


def interval(differences: Floats, seed: int) -> tuple[float, float]:
    """The 95% interval of the mean of paired ``differences`` [n], at least one: see ``intervals``."""
    return intervals(differences[:, None], seed)[0]


def intervals(differences: Floats, seed: int) -> list[tuple[float, float]]:
    """The 95% interval of the mean of each column of paired ``differences``, by the Poisson bootstrap.

    Each resample counts each of them a Poisson(1) number of times (Hanley and MacGibbon 2006); how often
    the n-th is counted depends on ``seed`` and n alone, so a record that grows draws little anew.

    ``differences`` float64 [n, k], in the unit of what is compared, NaN where a column does not know one;
    a column that knows none has the interval (NaN, NaN).
    """
    return [quantiles(column) for column in _resampled_means(differences, seed).T]


def gap_interval(ours: Floats, theirs: Floats, seed: int) -> tuple[float, float]:
    """The 95% interval of the mean of ``ours`` [n] less that of ``theirs`` [m], which share no member.

    Both are resampled together, as ``intervals`` does it; (NaN, NaN) where one of them has no member.
    """
    apart = np.full((len(ours) + len(theirs), 2), np.nan)
    apart[: len(ours), 0], apart[len(ours) :, 1] = ours, theirs
    means = _resampled_means(apart, seed)
    return quantiles(means[:, 0] - means[:, 1])


def _resampled_means(differences: Floats, seed: int) -> Floats:
    """float64 [RESAMPLES, k]: the mean of each column in each resample, NaN where that has none of it."""
    sums, counts = np.zeros((2, RESAMPLES, differences.shape[1]))
    for block in range(-(-len(differences) // BLOCK)):
        add_block(sums, counts, differences, seed=seed, block=block)
    return means_of(sums, counts)


def add_block(sums: Floats, counts: Floats, differences: Floats, *, seed: int, block: int) -> None:
    """Adds the rows of a ``block`` of ``differences`` [n, k] to each resample's ``sums`` and ``counts``.

    Both are [RESAMPLES, k]. A value that is NaN is neither summed nor counted.
    """
    rows = differences[block * BLOCK : (block + 1) * BLOCK]
    drawn = _counts_of(seed, block)[:, : len(rows)].astype(np.float64)
    sums += drawn @ np.nan_to_num(rows)
    counts += drawn @ (~np.isnan(rows)).astype(np.float64)


def means_of(sums: Floats, counts: Floats) -> Floats:
    """float64 [RESAMPLES, k]: the mean of each column in each resample, NaN where that has none of it."""
    means: Floats = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return means


def quantiles(means: Floats) -> tuple[float, float]:
    """The 95% interval of resampled ``means``; (NaN, NaN) where none is known."""
    known = means[~np.isnan(means)]
    if not len(known):
        return np.nan, np.nan
    known = np.sort(known)
    return _quantile(known, 0.025), _quantile(known, 0.975)


def _quantile(ordered: Floats, share: float) -> float:
    """What ``numpy.quantile`` gives of values in order, which takes a tenth of a second to begin with."""
    place = (len(ordered) - 1) * share
    below = int(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    beyond = place - below
    return low + (high - low) * beyond if beyond < 0.5 else high - (high - low) * (1 - beyond)


def _counts_of(seed: int, block: int) -> npt.NDArray[np.uint8]:
    """What ``_counts`` gives; blocks past those that are kept would drive the first ones out each time."""
    return _counts(seed, block) if block < BLOCKS_KEPT else _counts.__wrapped__(seed, block)


@lru_cache(maxsize=BLOCKS_KEPT)
def _counts(seed: int, block: int) -> npt.NDArray[np.uint8]:
    """uint8 [RESAMPLES, BLOCK]: how often each resample counts each member of the block."""
    return np.random.default_rng((seed, block)).poisson(1.0, (RESAMPLES, BLOCK)).astype(np.uint8)

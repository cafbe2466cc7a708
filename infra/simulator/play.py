"""Matches drawn from the true strengths of the clubs: goals by Dixon and Coles, and what goes with them."""

from __future__ import annotations

import numpy as np

from sabiscore.domain.scoreline import RHO
from sabiscore.history import Floats, Ints

MOST_GOALS = 10


def score_grid(rates: Floats) -> Floats:
    """float [n, 11, 11]: the probability of every score, from goal rates [n, 2] of home and away.

    Poisson rates with the low-score correction of Dixon and Coles (1997); each grid sums to 1.

    >>> round(float(score_grid(np.array([[1.5, 1.1]]))[0].sum()), 12)
    1.0
    """
    goals = np.arange(MOST_GOALS + 1)
    factorial = np.cumprod(np.maximum(goals, 1))
    poisson = np.exp(-rates)[:, :, None] * rates[:, :, None] ** goals / factorial
    grid = poisson[:, 0, :, None] * poisson[:, 1, None, :]
    home, away = rates[:, 0], rates[:, 1]
    grid[:, 0, 0] *= 1 - home * away * RHO
    grid[:, 0, 1] *= 1 + home * RHO
    grid[:, 1, 0] *= 1 + away * RHO
    grid[:, 1, 1] *= 1 - RHO
    result: Floats = grid / grid.sum((1, 2), keepdims=True)
    return result


def outcome(grid: Floats) -> Floats:
    """float [n, 3]: the probabilities of home, draw and away."""
    margin = np.subtract.outer(np.arange(MOST_GOALS + 1), np.arange(MOST_GOALS + 1))
    return np.stack([grid[:, mask].sum(1) for mask in (margin > 0, margin == 0, margin < 0)], 1)


def over(grid: Floats) -> Floats:
    """float [n, 2]: the probabilities of more and of fewer than 2.5 goals."""
    total = np.add.outer(np.arange(MOST_GOALS + 1), np.arange(MOST_GOALS + 1))
    more = grid[:, total > 2].sum(1)
    return np.stack([more, 1 - more], 1)


def draw_goals(grid: Floats, rng: np.random.Generator) -> Ints:
    """int [n, 2]: one score drawn from each grid."""
    cumulative = grid.reshape(len(grid), -1).cumsum(1)
    cell = (cumulative < rng.random((len(grid), 1))).sum(1).clip(max=cumulative.shape[1] - 1)
    return np.stack(np.divmod(cell, MOST_GOALS + 1), 1)


def draw_statistics(rates: Floats, goals: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """Counts [n, 2] that go with the match: chances follow the rates, every goal was on target."""
    pressure = (rates / 1.35) ** 0.7
    on_target = goals + rng.poisson(2.9 * pressure)
    return {
        "half_time": rng.binomial(goals, 0.45),
        "shots": on_target + rng.poisson(8.0 * pressure),
        "on_target": on_target,
        "fouls": rng.poisson(11.5, rates.shape),
        "corners": rng.poisson(5.0 * pressure),
        "yellows": rng.poisson(1.9, rates.shape),
        "reds": rng.binomial(1, 0.06, rates.shape),
    }

"""Stakes: of one bet, of several on one match, and no more than is advised."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest

from sabiscore.domain.kelly import (
    CAP,
    FRACTION,
    joint_kelly,
    kelly,
    shrinkage,
    stake_fraction,
    stake_fractions,
)


@pytest.mark.parametrize(
    ("p", "odds", "share"),
    [(0.5, 3.0, 0.25), (0.55, 2.0, 0.1), (0.9, 1.5, 0.7), (1.0, 1.2, 1.0), (0.45, 2.0, 0.0), (0.0, 9.0, 0.0)],
)
def test_the_share_of_one_bet_is_its_edge_over_what_it_wins(p, odds, share):
    assert kelly(p, odds) == pytest.approx(share)
    assert joint_kelly((p,), (odds,)) == pytest.approx((share,))


@pytest.mark.parametrize(
    ("p", "odds", "why"),
    [
        (1.01, 2.0, "1.01 is not a probability"),
        (-0.01, 2.0, "-0.01 is not"),
        (0.5, 1.0, "1.0 are not decimal odds"),
    ],
)
def test_what_is_no_bet_is_refused_by_name(p, odds, why):
    with pytest.raises(ValueError, match=why):
        kelly(p, odds)
    with pytest.raises(ValueError, match=why):
        joint_kelly((0.0, p), (2.0, odds))


MARKETS = [
    ((0.55, 0.2), (2.0, 6.0)),
    ((0.2, 0.55), (6.0, 2.0)),
    ((0.5, 0.3, 0.15), (2.3, 3.4, 4.0)),
    ((0.3, 0.3, 0.35), (4.0, 3.5, 2.2)),
    ((0.1, 0.25, 0.6), (12.0, 3.9, 1.7)),
    ((0.4, 0.3, 0.2), (2.0, 3.0, 4.0)),
    ((0.6, 0.25), (2.5, 3.9)),  # the second has no edge alone, but beside the first it has
]


@pytest.mark.parametrize(("p", "odds"), MARKETS)
def test_moving_any_stake_grows_the_bankroll_less(p, odds):
    best = joint_kelly(p, odds)
    assert all(stake >= 0 for stake in best)
    for place in range(len(p)):
        for move in (-1e-3, 1e-3):
            other = [*best]
            other[place] = max(0.0, other[place] + move)
            assert growth(p, odds, other) <= growth(p, odds, best)


@pytest.mark.parametrize(("p", "odds"), MARKETS)
def test_stakes_do_not_depend_on_the_order(p, odds):
    stakes = dict(zip(odds, joint_kelly(p, odds), strict=True))
    for order in permutations(range(len(p))):
        turned = joint_kelly([p[i] for i in order], [odds[i] for i in order])
        assert turned == pytest.approx([stakes[odds[i]] for i in order])


def test_known_stakes():
    assert joint_kelly((0.55, 0.2), (2.0, 6.0)) == pytest.approx((0.175, 0.075))
    reserve = (1 - 0.85) / (1 - 1 / 2.5 - 1 / 3.9)
    assert joint_kelly((0.6, 0.25), (2.5, 3.9)) == pytest.approx((0.6 - reserve / 2.5, 0.25 - reserve / 3.9))
    assert joint_kelly((0.4, 0.3, 0.2), (2.0, 3.0, 4.0)) == (0.0, 0.0, 0.0)


def test_prices_that_cannot_lose_together_are_not_all_bought():
    """Inverse odds under 1: with every outcome the bankroll would grow without end."""
    stakes = joint_kelly((0.5, 0.5), (2.1, 2.1))
    assert sum(stakes) <= 1
    assert max(stakes) > 0


def test_probabilities_of_one_match_sum_to_one_but_for_rounding():
    assert joint_kelly((0.5, 0.5), (1.9, 1.9)) == (0.0, 0.0)
    assert joint_kelly((0.5, 0.5 + 9e-10), (1.9, 1.9)) == (0.0, 0.0)
    for p in ((0.5, 0.5 + 2e-9), (0.6, 0.5)):
        with pytest.raises(ValueError, match=rf"\({p[0]}, {p[1]}\) are not probabilities of outcomes"):
            joint_kelly(p, (1.9, 1.9))


def test_each_probability_has_its_price():
    with pytest.raises(ValueError, match="zip"):
        joint_kelly((0.5, 0.3), (2.0,))


def test_a_fraction_is_advised_and_never_more_than_the_cap():
    assert stake_fraction(0.55, 2.0) == pytest.approx(0.1 * FRACTION)
    assert stake_fraction(0.9, 2.0) == CAP
    assert stake_fraction(0.55, 2.0, 0.5, 1.0) == pytest.approx(0.05)
    assert stake_fraction(0.55, 2.0, 0.5, 0.03) == 0.03
    assert stake_fractions((0.55, 0.2), (2.0, 6.0), 0.1, 0.01) == pytest.approx((0.01, 0.0075))


@pytest.mark.parametrize(
    ("p", "odds", "divergence"), [(0.55, 2.0, 0.0025), (0.22, 5.0, 0.002), (0.8, 1.3, 0.01)]
)
def test_one_stake_is_shrunk_by_its_edge_against_the_error_of_its_probability(p, odds, divergence):
    edge, variance = p * odds - 1, divergence * p * (1 - p)
    assert shrinkage((p,), (odds,), divergence) == pytest.approx(edge**2 / (edge**2 + odds**2 * variance))


@pytest.mark.parametrize(
    ("p", "odds", "divergence"),
    [
        ((0.505,), (2.0,), 5e-5),
        ((0.2525, 0.303), (4.0, 3.33), 1e-5),
        ((0.505, 0.2525), (2.0, 4.0), 3e-5),
        ((0.6, 0.25), (2.5, 3.9), 0.02),  # the second has no edge alone
    ],
)
def test_no_other_factor_grows_the_bankroll_faster_when_probabilities_are_estimates(p, odds, divergence):
    best = shrinkage(p, odds, divergence)
    assert 0.6 < best < 0.9
    growths = {k: mean_growth(p, odds, divergence, k * best) for k in (0.9, 1.0, 1.1)}
    assert max(growths, key=growths.__getitem__) == 1.0


def test_without_uncertainty_nothing_is_shrunk_and_with_it_all_stakes_of_a_match_are_alike():
    p, odds = (0.55, 0.2), (2.0, 6.0)
    whole = stake_fractions(p, odds, 0.1, 1.0)
    assert stake_fractions(p, odds, 0.1, 1.0, divergence=0.0) == whole
    factor = shrinkage(p, odds, 0.01)
    assert stake_fractions(p, odds, 0.1, 1.0, divergence=0.01) == pytest.approx([factor * x for x in whole])
    assert stake_fraction(0.55, 2.0, divergence=0.0025) == pytest.approx(FRACTION * 0.1 * 0.8016, rel=1e-4)


def test_what_is_backed_for_certain_is_not_shrunk_and_nothing_backed_has_nothing_to_shrink():
    assert shrinkage((1.0,), (1.2,), 0.01) == 1.0
    assert shrinkage((0.4, 0.3), (2.0, 3.0), 0.01) == 1.0
    assert shrinkage((), (), 0.01) == 1.0


@pytest.mark.parametrize("divergence", [-1e-9, math.nan])
def test_what_is_no_divergence_is_refused(divergence):
    with pytest.raises(ValueError, match="is not a divergence"):
        stake_fraction(0.55, 2.0, divergence=divergence)


def mean_growth(p, odds, divergence, factor):
    """The mean growth under ``p`` of ``factor`` of the stakes on estimates that err as shares of 1/d trials.

    The estimates are two points on each axis of that error, which have its mean and its covariance.
    """
    axes = np.linalg.cholesky(divergence * (np.diag(p) - np.outer(p, p))).T * math.sqrt(len(p))
    estimates = [np.array(p) + sign * axis for axis in axes for sign in (-1, 1)]
    return math.fsum(
        growth(p, odds, [factor * stake for stake in joint_kelly(estimate.tolist(), odds)])
        for estimate in estimates
    ) / len(estimates)


def growth(p, odds, stakes):
    """The expected logarithm of the bankroll after ``stakes`` on outcomes of which at most one happens."""
    kept = 1 - math.fsum(stakes)
    wins = math.fsum(q * math.log(kept + stake * o) for q, o, stake in zip(p, odds, stakes, strict=True))
    rest = 1 - math.fsum(p)
    return wins + (rest * math.log(kept) if rest > 1e-12 else 0.0)

"""Which prices are believed and which may be bet on."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from sabiscore.domain.odds import are_decimal, implausible, implied, net_odds, overround
from sabiscore.domain.roots import root
from sabiscore.domain.value import PRICE_LIFE, PROBABLE_ERROR, Assessment, assess, unusable

NOW = datetime(2025, 5, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "prices",
    [(0.0, 3.4, 3.6), (1.0, 3.4, 3.6), (-2.0, 3.4, 3.6), (2.1, 3.4, 1e308), (2.1, math.nan, 3.6), (9, 9, 9)],
)
def test_impossible_prices_are_named(prices):
    assert implausible(prices)


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        ((2.1, 3.4, 1.0), "a price of 1 is outside 1.01 to 1000"),
        ((2.1, 3.4, 1000.1), "a price of 1000.1 is outside 1.01 to 1000"),
        ((2.1, 3.4, 36.0), "the inverse odds add up to 0.798, outside 0.99 to 1.25"),
    ],
)
def test_a_market_that_cannot_be_says_why(prices, why):
    assert implausible(prices) == why


def test_inverse_odds_at_the_very_end_of_their_range_are_believed():
    assert implausible((1.6, 1.6)) is None  # 1.25
    assert implausible((1.5999, 1.6))


def test_a_price_at_the_very_end_is_believed():
    assert implausible((1.01, 1000.0, 500.0)) is None
    assert implausible((1.0100001, 1000.0, 100.0)) is None


def test_what_odds_imply_and_what_a_commission_leaves_of_them():
    assert implied((2.0, 4.0, 5.0)) == (0.5, 0.25, 0.2)
    assert overround((2.0, 4.0, 5.0)) == pytest.approx(0.95)
    assert net_odds(3.0, 0.05) == pytest.approx(2.9)
    assert net_odds(3.0, 0.0) == 3.0


def test_decimal_odds_are_finite_and_over_one():
    assert are_decimal((1.001, 9.0))
    for bad in (1.0, 0.5, math.inf, math.nan):
        assert not are_decimal((2.0, bad))


def test_the_best_of_several_books_may_add_up_to_a_little_less():
    prices = (2.16, 3.6, 4.2)
    assert implausible(prices)
    assert implausible(prices, best_price=True) is None


@pytest.mark.parametrize(
    ("priced_at", "kickoff_at", "why"),
    [
        (None, NOW + HOUR, "undated"),
        (NOW - HOUR, None, "kick-off time"),
        (NOW - HOUR, NOW, "kicked off"),
        (NOW - PRICE_LIFE - HOUR, NOW + HOUR, "older than 48 hours"),
        (NOW + HOUR, NOW + 2 * HOUR, "future"),
    ],
)
def test_a_price_that_must_not_be_bet_on_says_why(priced_at, kickoff_at, why):
    assert why in unusable(priced_at, kickoff_at, NOW)


def test_a_recent_price_of_a_match_to_come_may_be_used():
    assert unusable(NOW - PRICE_LIFE, NOW + HOUR, NOW) is None


def test_a_price_of_this_very_moment_may_be_used():
    assert unusable(NOW, NOW + HOUR, NOW) is None


@pytest.mark.parametrize(
    ("p", "odds", "quality"),
    [
        (0.5, 1.99, "AVOID"),
        (0.5, 2.0, "MARGINAL"),  # an edge of 0
        (0.5, 2.08, "MARGINAL"),
        (0.5, 2.0840000001, "VALUE"),
        (0.5, 2.12, "VALUE"),  # 6%, of which 3.7% are left
        (0.5, 2.14, "PREMIUM"),  # 7%, of which 4.8% are left
        (0.22, 5.0, "PREMIUM"),  # 10%, 5.3%
        (0.1, 11.0, "VALUE"),  # 10%, 3.1%: of a long shot the probability is less certain
        (0.5, 2.2999, "PREMIUM"),
        (0.5, 2.3001, "VALUE"),  # a probable error
        (0.5, 2.5999, "VALUE"),
        (0.5, 2.6001, "AVOID"),
        (0.5, 3.0, "AVOID"),
    ],
)
def test_a_price_has_the_class_of_its_edge_and_of_what_is_left_of_it(p, odds, quality):
    assert assess(p, odds, 0.002) == Assessment(p, odds, p * odds - 1, quality)


def test_the_less_certain_probabilities_are_the_larger_an_edge_has_to_be():
    def least(divergence):
        edges = (step / 10_000 for step in range(420, round(PROBABLE_ERROR * 10_000)))
        return next(e for e in edges if assess(0.5, 2 + 2 * e, divergence).quality == "PREMIUM")

    bars = [least(divergence) for divergence in (0.0, 0.001, 0.002, 0.004)]
    assert bars[0] == pytest.approx(0.042, abs=2e-4)
    assert bars == sorted(set(bars))


def test_a_root_needs_a_change_of_sign():
    assert root(math.sin, 3, 4) == pytest.approx(math.pi, abs=1e-15)
    assert root(lambda x: x, 0, 1) == 0
    with pytest.raises(ValueError, match="same sign"):
        root(lambda x: x * x + 1, -1, 1)

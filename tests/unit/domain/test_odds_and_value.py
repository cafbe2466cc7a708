"""Which prices are believed and which may be bet on."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from sabiscore.domain.odds import implausible
from sabiscore.domain.roots import root
from sabiscore.domain.value import PRICE_LIFE, unusable

NOW = datetime(2025, 5, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "prices",
    [(0.0, 3.4, 3.6), (1.0, 3.4, 3.6), (-2.0, 3.4, 3.6), (2.1, 3.4, 1e308), (2.1, math.nan, 3.6), (9, 9, 9)],
)
def test_impossible_prices_are_named(prices):
    assert implausible(prices)


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


def test_a_root_needs_a_change_of_sign():
    assert root(math.sin, 3, 4) == pytest.approx(math.pi, abs=1e-15)
    assert root(lambda x: x, 0, 1) == 0
    with pytest.raises(ValueError, match="same sign"):
        root(lambda x: x * x + 1, -1, 1)

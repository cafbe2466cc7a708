"""A bookmaker's margin, taken out of known markets in three ways."""

from __future__ import annotations

import pytest

from sabiscore.domain.margin import METHODS, power, proportional, shin

MARKET = (1.5, 4.2, 7.0)
UNDERROUND = (2.2, 4.4, 4.6)


def test_the_margin_is_the_same_share_of_every_price():
    assert proportional((1.9, 1.9)) == (0.5, 0.5)
    assert proportional(MARKET) == pytest.approx((0.6364, 0.2273, 0.1364), abs=1e-4)


@pytest.mark.parametrize("method", [power, shin])
def test_long_shots_carry_more_of_the_margin(method):
    assert method(MARKET)[2] < proportional(MARKET)[2]
    assert method(MARKET)[0] > proportional(MARKET)[0]


def test_two_prices_share_the_margin_equally_by_shin():
    assert shin((1.5, 2.6)) == pytest.approx(((1 + 1 / 1.5 - 1 / 2.6) / 2, (1 + 1 / 2.6 - 1 / 1.5) / 2))


def test_without_a_margin_shin_has_no_insiders_to_blame():
    assert shin(UNDERROUND) == proportional(UNDERROUND)
    assert sum(power(UNDERROUND)) == pytest.approx(1)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("prices", [(1.9,), (), (1.0, 3.0), (float("inf"), 2.0), (float("nan"), 2.0)])
def test_what_is_no_market_is_refused(method, prices):
    with pytest.raises(ValueError, match=r"two outcomes|over 1"):
        method(prices)

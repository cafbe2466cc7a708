"""A bookmaker's margin, taken out of known markets in three ways."""

from __future__ import annotations

import math

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


MARKETS = [MARKET, (2.0, 3.4, 3.6), (1.2, 6.5, 13.0), (1.5, 2.6), (2.9, 3.1, 2.6), (1.01, 15.0, 34.0)]


@pytest.mark.parametrize("market", [*MARKETS, UNDERROUND])
def test_power_raises_every_inverse_price_to_one_power(market):
    p = power(market)
    assert sum(p) == pytest.approx(1, abs=1e-14)
    exponents = [math.log(x) / -math.log(price) for x, price in zip(p, market, strict=True)]
    assert exponents == pytest.approx([exponents[0]] * len(market), rel=1e-12)


@pytest.mark.parametrize("market", MARKETS)
def test_shin_finds_one_share_of_insiders_behind_every_price(market):
    """Solved for z, his formula is ``z = (b² / B − p²) / (p − p²)``."""
    inverse = [1 / price for price in market]
    p = shin(market)
    shares = [(b * b / sum(inverse) - x * x) / (x - x * x) for b, x in zip(inverse, p, strict=True)]
    assert sum(p) == pytest.approx(1, abs=1e-14)
    assert 0 < shares[0] < 1
    assert shares == pytest.approx([shares[0]] * len(market), rel=1e-9)


def test_the_newton_steps_end_soon(monkeypatch):
    """Six markets, thirteen digits: a few steps each."""
    monkeypatch.setattr("sabiscore.domain.margin._MOST_STEPS", 9)
    for market in MARKETS:
        p = power(market)
        exponents = [math.log(x) / -math.log(price) for x, price in zip(p, market, strict=True)]
        assert exponents == pytest.approx([exponents[0]] * len(market), rel=1e-12)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("prices", [(1.9,), (), (1.0, 3.0), (float("inf"), 2.0), (float("nan"), 2.0)])
def test_what_is_no_market_is_refused(method, prices):
    with pytest.raises(ValueError, match=r"two outcomes|over 1"):
        method(prices)

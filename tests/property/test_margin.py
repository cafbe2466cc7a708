"""Laws of margin removal: probabilities, order, fixed point, and agreement with another library."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sabiscore.domain.margin import METHODS
from sabiscore.domain.odds import implausible
from tests.support.examples import examples

MARKETS = examples(100_000)
SIZES = (3, 3, 2)

methods = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
prices = st.lists(st.floats(1.001, 1000), min_size=2, max_size=3)
weights = st.lists(st.floats(0.002, 1), min_size=2, max_size=3)


@methods
@settings(max_examples=examples(2000))
@given(market=prices)
def test_probabilities_sum_to_one_and_keep_the_order_of_the_prices(method, market):
    p = method(market)
    assert math.isclose(math.fsum(p), 1, abs_tol=1e-12)
    assert all(0 <= x <= 1 for x in p)
    assert min(p) > 0 or implausible(market)
    for price, x in zip(market, p, strict=True):
        for other, y in zip(market, p, strict=True):
            assert price > other or x >= y - 1e-12


@methods
@settings(max_examples=examples(2000))
@given(weights=weights)
def test_fair_odds_are_a_fixed_point(method, weights):
    total = math.fsum(weights)
    fair = [weight / total for weight in weights]
    assert method([1 / p for p in fair]) == pytest.approx(fair, abs=1e-9)


@methods
@settings(max_examples=examples(2000))
@given(weights=weights, margin=st.floats(0.95, 1.3))
def test_removal_twice_is_removal_once(method, weights, margin):
    market = [max(1.001, math.fsum(weights) / (weight * margin)) for weight in weights]
    once = method(market)
    assume(min(once) > 1e-6)
    assert method([1 / p for p in once]) == pytest.approx(once, abs=1e-9)


@methods
def test_a_market_of_one_outcome_or_odds_of_one_are_refused(method):
    with pytest.raises(ValueError, match="two outcomes"):
        method([2.0])
    for bad in (1.0, 0.0, -2.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="over 1"):
            method([2.0, bad])


@cache
def markets(n: int) -> list[list[float]]:
    """Made-up markets of two and three outcomes with margins up to 20% and prices of 1.01 to 200."""
    rng = np.random.default_rng(20)
    made: list[list[float]] = []
    while len(made) < n:
        p = np.clip(rng.dirichlet(np.full(SIZES[len(made) % len(SIZES)], 2.0)), 0.005, None)
        b = p / p.sum() * rng.uniform(1.0, 1.2)
        if b.max() < 0.99:
            made.append((1 / b).tolist())
    return made


@pytest.mark.parametrize(
    ("ours", "theirs"), [("proportional", "multiplicative"), ("power", "power"), ("shin", "shin")]
)
def test_margin_methods_agree_with_penaltyblog(ours, theirs):
    implied = pytest.importorskip("penaltyblog.implied.implied")
    solve = getattr(implied, f"_{theirs}")
    made = markets(MARKETS)
    mine = [METHODS[ours](market) for market in made]
    # The library's root search stops within 2e-12 of its own parameter and does not renormalise.
    other = [solve(market).probabilities for market in made]
    worst = max(abs(x - y) for p, q in zip(mine, other, strict=True) for x, y in zip(p, q, strict=True))
    assert worst <= 1e-9

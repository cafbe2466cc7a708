from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.domain import margin
from sabiscore.domain.match import BOOKS
from sabiscore.features import market

prices = st.tuples(*[st.floats(1.05, 30.0)] * 3).filter(lambda o: 0.95 < sum(1 / x for x in o) < 1.3)


@given(prices)
def test_fair_is_the_power_method_of_the_domain(odds: tuple[float, float, float]) -> None:
    ours = market.fair(np.array(odds)[:, None])[:, 0]
    assert ours.tolist() == pytest.approx(margin.power(odds), abs=1e-9)


def test_a_missing_price_makes_the_market_unknown() -> None:
    assert np.isnan(market.fair(np.array([[2.0], [np.nan], [4.0]]))).all()


@given(st.tuples(*[st.floats(1.001, 1000.0)] * 3))
def test_any_prices_give_probabilities_or_nothing(odds: tuple[float, float, float]) -> None:
    p = market.fair(np.array(odds)[:, None])[:, 0]
    assert np.isnan(p).all() or ((p > 0).all() and p.sum() == pytest.approx(1.0))


def test_consensus_is_the_average_and_else_the_harmonic_mean_of_the_books() -> None:
    books = np.full((len(BOOKS), 3, 3), np.nan)
    books[market.AVERAGE, :, 0] = (2.0, 3.0, 4.0)
    books[BOOKS.index("b365"), :, :2] = 2.0
    books[BOOKS.index("wh"), :, :2] = 4.0
    consensus = market.consensus(books, market.singles(books))
    assert consensus[:, 0].tolist() == [2.0, 3.0, 4.0]
    assert consensus[:, 1] == pytest.approx([8 / 3] * 3)
    assert np.isnan(consensus[:, 2]).all()


def test_the_fair_close_is_the_mean_of_the_books_that_teach() -> None:
    closing = np.full((len(BOOKS), 3, 4), np.nan)
    closing[BOOKS.index("ps"), :, :2] = [[2.0], [3.5], [4.0]]
    closing[market.AVERAGE, :, 1:3] = [[1.9], [3.4], [4.4]]
    closing[BOOKS.index("b365"), :, 3] = (2.0, 3.5, 4.0)
    close = market.fair_close(closing)
    pinnacle, average = (
        [math.log(p[0] / p[1]), math.log(p[2] / p[1])]
        for p in (margin.power((2.0, 3.5, 4.0)), margin.power((1.9, 3.4, 4.4)))
    )
    assert close[:, 0] == pytest.approx(pinnacle)
    assert close[:, 1] == pytest.approx((np.array(pinnacle) + average) / 2)
    assert close[:, 2] == pytest.approx(average)
    assert np.isnan(close[:, 3]).all()


def test_log_ratios_and_probabilities_are_the_same_thing() -> None:
    p = np.array([[0.5], [0.3], [0.2]])
    assert market.from_ratios(np.log(p[::2] / p[1])) == pytest.approx(p)

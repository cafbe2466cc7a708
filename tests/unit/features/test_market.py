from __future__ import annotations

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


def test_the_last_known_price_prefers_closes() -> None:
    early, closing = np.full((2, len(BOOKS), 3, 3), np.nan)
    early[market.AVERAGE] = 3.0
    closing[BOOKS.index("ps"), :, 0] = 2.5
    closing[market.AVERAGE, :, 1] = 2.0
    assert market.last_known(early, closing)[0].tolist() == [2.5, 2.0, 3.0]

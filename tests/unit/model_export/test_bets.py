from __future__ import annotations

import numpy as np
import pytest

from model_export.bets import EXCHANGE_COMMISSION, summary, takeable, taken
from sabiscore.domain.match import BOOKS
from sabiscore.history import History, blank


def priced() -> History:
    """Three matches: one with two books, one with the exchange too, one with the market's figures only."""
    history = blank(3, ("a", "b"))
    history.odds[:, 0, BOOKS.index("max")] = 9.0
    history.odds[:2, 0, BOOKS.index("b365")] = (2.2, 3.4, 3.6)
    history.odds[:2, 0, BOOKS.index("wh")] = (2.1, 3.5, 3.5)
    history.odds[1, 0, BOOKS.index("bfe")] = (2.4, 3.5, 3.7)
    return history


def test_only_a_single_books_price_can_be_taken_and_the_exchange_keeps_its_share() -> None:
    odds = takeable(priced())
    assert odds[0] == pytest.approx([2.2, 3.5, 3.6])
    assert odds[1] == pytest.approx([1 + 1.4 * (1 - EXCHANGE_COMMISSION), 3.5, 3.6])
    assert np.isnan(odds[2]).all()


def test_bets_are_edges_from_the_threshold_to_the_last_credible_one_with_a_close() -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.5, 0.3, 0.2]])
    close = np.array([[0.48, 0.27, 0.25], [np.nan] * 3, [0.5, 0.3, 0.2]])
    bets = taken(priced(), p, close)
    assert np.isfinite(bets.value).tolist() == [[True, False, False], [False] * 3, [False] * 3]
    summary_ = summary(bets, np.ones(3, bool))
    assert (summary_.n, summary_.suspect) == (1, 0)
    assert summary_.closing_line_value == pytest.approx(2.2 * 0.48 - 1)
    assert summary(bets, np.array([False, True, True])).closing_line_value is None


def test_an_edge_that_is_too_good_is_counted_as_suspect() -> None:
    p, close = np.array([[0.55, 0.25, 0.2]] * 3), np.array([[0.5, 0.3, 0.2]] * 3)
    assert summary(taken(priced(), p, close), np.array([True, False, False])).suspect == 1

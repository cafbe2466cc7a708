"""What the market thinks of a match, from the books that quote all of it."""

from __future__ import annotations

import pytest

from sabiscore.domain.margin import power
from sabiscore.pipeline.market_probabilities import market_probabilities

QUOTED = (2.0, 3.5, 4.0)


def test_the_average_of_the_market_counts_before_single_books():
    assert market_probabilities({"avg": QUOTED, "b365": (3.0, 3.3, 2.4)}) == pytest.approx(power(QUOTED))


def test_without_an_average_single_books_count_alike_by_their_harmonic_mean():
    fair = market_probabilities({"b365": (2.0, 3.5, 4.0), "ps": (2.2, 3.3, 3.6)})
    mean = [2 / (1 / a + 1 / b) for a, b in zip((2.0, 3.5, 4.0), (2.2, 3.3, 3.6), strict=True)]
    assert fair == pytest.approx(power(mean))
    assert sum(fair) == pytest.approx(1)


def test_a_best_price_over_books_is_nobodys_opinion():
    assert market_probabilities({"max": (2.1, 3.6, 4.2)}) is None


@pytest.mark.parametrize(
    "odds", [(), (2.0, 3.5), (2.0, 3.5, 0.0), (2.0, 3.5, float("nan")), (1.0, 3.5, 4.0), (90.0, 90.0, 90.0)]
)
def test_odds_that_are_no_market_are_left_out(odds):
    assert market_probabilities({"b365": odds}) is None
    assert market_probabilities({"b365": odds, "ps": QUOTED}) == pytest.approx(power(QUOTED))

"""Whose price is an offer, and whose is not."""

from __future__ import annotations

import pytest

from sabiscore.domain.book import is_offer


@pytest.mark.parametrize(
    ("code", "offer"),
    [
        ("b365", True),
        ("a-book-nobody-listed", True),
        ("bfe", False),
        ("smarkets", False),
        ("matchbook", False),
        ("avg", False),
        ("max", False),
        ("other1", False),
    ],
)
def test_only_a_bookmaker_makes_an_offer(code, offer):
    assert is_offer(code) is offer

"""Which prices of a live market are valid, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sabiscore.domain.book import BOOK_BY_KEY, BY_CODE
from sabiscore.domain.odds import LEAST_ODDS, MOST_ODDS, OVERROUND, overround
from sabiscore.sources.reading import InvalidRow

LONGEST_LINE = 10
LONGEST_BOOK = 40
GOALS = 2.5
"""The only line of totals that is kept: market ``ou25``."""


def book_code(key: str) -> str:
    """Our code of the book that a provider calls ``key``, or that key itself; raises InvalidRow.

    >>> book_code("pinnacle"), book_code("unibet_eu")
    ('ps', 'unibet_eu')
    """
    if key in BOOK_BY_KEY:
        return BOOK_BY_KEY[key].code
    if key in BY_CODE:
        raise InvalidRow("a book's key that means something else here")
    return key[:LONGEST_BOOK]


def validate_odds(prices: Sequence[float]) -> tuple[float, ...]:
    """``prices`` as decimal odds of one book; raises InvalidRow when they cannot be a market.

    >>> validate_odds([2.1, 3.4, 3.6])
    (2.1, 3.4, 3.6)
    """
    if not all(LEAST_ODDS <= price <= MOST_ODDS for price in prices):
        raise InvalidRow("a price outside 1.01 to 1000")
    if not OVERROUND[0] <= overround(prices) <= OVERROUND[1]:
        raise InvalidRow("impossible overround")
    return tuple(prices)


def validate_line(line: float) -> float:
    """A handicap in quarters of a goal; raises InvalidRow."""
    if abs(line) > LONGEST_LINE or not (line * 4).is_integer():
        raise InvalidRow("no handicap line")
    return line + 0.0  # -0.0 is a line of its own to nobody


def before(kickoff_at: datetime | None, quoted_at: datetime | None) -> datetime | None:
    """``quoted_at``, unless the match was on by then; raises InvalidRow."""
    if kickoff_at is not None and quoted_at is not None and quoted_at >= kickoff_at:
        raise InvalidRow("quoted in play")
    return quoted_at

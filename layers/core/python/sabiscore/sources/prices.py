"""Which prices of a live market can be believed, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sabiscore.domain.match import BOOKS
from sabiscore.domain.odds import LEAST_ODDS, MOST_ODDS, OVERROUND, overround
from sabiscore.sources.reading import InvalidRow

LONGEST_LINE = 10
LONGEST_BOOK = 40
GOALS = 2.5
"""The only line of totals that is kept: market ``ou25``."""

CODES: Mapping[str, str] = {
    "pinnacle": "ps",
    "bet365": "b365",
    "betfair_ex_eu": "bfe",
    "betfair_ex_uk": "bfe",
    "betfair_ex_au": "bfe",
    "betfair_sb_uk": "bf",
    "williamhill": "wh",
    "ladbrokes_uk": "lb",
    "onexbet": "1xb",
    "betvictor": "vc",
    "bwin": "bw",
    "interwetten": "iw",
    "sportingbet": "sb",
}
"""A provider's key of a book → our code in BOOKS. """


def book_code(key: str) -> str:
    """Our code of the book that a provider calls ``key``, or that key itself; raises Unfit.

    >>> book_code("pinnacle"), book_code("unibet_eu")
    ('ps', 'unibet_eu')
    """
    code = CODES.get(key, key)
    if code in BOOKS and key not in CODES:
        raise InvalidRow("a book's key that means something else here")
    return code[:LONGEST_BOOK]


def validate_odds(prices: Sequence[float]) -> tuple[float, ...]:
    """``prices`` as decimal odds of one book; raises Unfit when they cannot be a market.

    >>> validate_odds([2.1, 3.4, 3.6])
    (2.1, 3.4, 3.6)
    """
    if not all(LEAST_ODDS <= price <= MOST_ODDS for price in prices):
        raise InvalidRow("a price outside 1.01 to 1000")
    if not OVERROUND[0] <= overround(prices) <= OVERROUND[1]:
        raise InvalidRow("impossible overround")
    return tuple(prices)


def validate_line(line: float) -> float:
    """A handicap in quarters of a goal; raises Unfit."""
    if abs(line) > LONGEST_LINE or not (line * 4).is_integer():
        raise InvalidRow("no handicap line")
    return line + 0.0  # -0.0 is a line of its own to nobody


def before(kickoff_at: datetime | None, quoted_at: datetime | None) -> datetime | None:
    """``quoted_at``, unless the match was on by then; raises Unfit."""
    if kickoff_at is not None and quoted_at is not None and quoted_at >= kickoff_at:
        raise InvalidRow("quoted in play")
    return quoted_at

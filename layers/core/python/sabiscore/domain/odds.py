"""Decimal odds: what they imply, and which of them are valid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

Outcome = Literal["home", "draw", "away"]
OutcomeProbabilities = tuple[float, float, float]
"""Of home win, draw and away win; sum 1."""

OUTCOMES: tuple[Outcome, Outcome, Outcome] = ("home", "draw", "away")
"""The order of every 1X2 triple."""

LEAST_ODDS = 1.01
MOST_ODDS = 1000.0
OVERROUND = (0.99, 1.25)
"""A single book's inverse odds add up to this range; outside it a price is a slip of the keyboard."""

BEST_PRICE_OVERROUND = (0.97, 1.25)
"""The market's best prices come from several books, so they may add up to a little less."""


def implied(prices: Sequence[float]) -> tuple[float, ...]:
    """The inverse of each price: its probability with the margin still inside.

    >>> implied((2.0, 4.0, 5.0))
    (0.5, 0.25, 0.2)
    """
    return tuple(1.0 / price for price in prices)


def overround(prices: Sequence[float]) -> float:
    """The sum of the inverse prices: 1 for a fair market, more by the margin.

    >>> round(overround((1.9, 1.9)), 4)
    1.0526
    """
    return math.fsum(implied(prices))


def net_odds(odds: float, commission: float) -> float:
    """What a unit at ``odds`` returns when it wins and ``commission`` (a share of what is won) is kept.

    >>> round(net_odds(3.0, 0.05), 4), net_odds(3.0, 0.0)
    (2.9, 3.0)
    """
    return 1 + (odds - 1) * (1 - commission)


def are_decimal(prices: Sequence[float]) -> bool:
    """Whether every price is a finite number over 1.

    >>> are_decimal((1.5, 4.2, 7.0)), are_decimal((1.0, 4.2, 7.0))
    (True, False)
    """
    return all(1 < price < math.inf for price in prices)


def implausible(prices: Sequence[float], best_price: bool = False) -> str | None:
    """Why these prices cannot be a market of decimal odds, or None when they can.

    ``best_price`` marks the best of several books.

    >>> implausible((2.1, 3.4, 3.6)) is None
    True
    >>> implausible((2.1, 3.4, 36.0))
    'the inverse odds add up to 0.798, outside 0.99 to 1.25'
    """
    for price in prices:
        if not LEAST_ODDS <= price <= MOST_ODDS:
            return f"a price of {price:g} is outside {LEAST_ODDS:g} to {MOST_ODDS:g}"
    low, high = BEST_PRICE_OVERROUND if best_price else OVERROUND
    total = overround(prices)
    if not low <= total <= high:
        return f"the inverse odds add up to {total:.3f}, outside {low:g} to {high:g}"
    return None

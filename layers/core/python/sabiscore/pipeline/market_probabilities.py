"""What the market thinks of a match: its prices without the margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sabiscore.domain.margin import power
from sabiscore.domain.odds import OutcomeProbabilities, are_decimal, implausible

_SUMMARIES = ("avg", "max")


def market_probabilities(odds: Mapping[str, Sequence[float]]) -> OutcomeProbabilities | None:
    """Fair probabilities of home, draw and away from the 1X2 ``odds`` by book; None where there are none.

    The market's average, else the harmonic mean of single books; the margin is taken out by the power
    method.

    >>> [round(p, 3) for p in market_probabilities({"b365": (2.0, 3.5, 4.0), "ps": (2.0, 3.5, 4.0)})]
    [0.488, 0.274, 0.238]
    """
    usable = {book: prices for book, prices in odds.items() if _is_usable(prices)}
    if "avg" in usable:
        return _three(power(usable["avg"]))
    singles = [prices for book, prices in sorted(usable.items()) if book not in _SUMMARIES]
    if not singles:
        return None
    return _three(power([len(singles) / sum(1 / prices[k] for prices in singles) for k in range(3)]))


def _is_usable(prices: Sequence[float]) -> bool:
    return len(prices) == 3 and are_decimal(prices) and implausible(prices, best_price=False) is None


def _three(p: Sequence[float]) -> OutcomeProbabilities:
    home, draw, away = p
    return home, draw, away

"""What value bets would have come to against the close, at one price that could really be taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.domain.value import CREDIBLE_EDGE, PROBABLE_ERROR, THRESHOLD
from sabiscore.features import market
from sabiscore.history import Floats, History
from sabiscore.learning import metrics

SEED = 20240802
EXCHANGE_COMMISSION = 0.05
"""The share of a win that the Betfair Exchange keeps (its market base rate)."""


@dataclass(frozen=True, slots=True)
class BetFigures:
    """``n`` bets with a closing price and their mean closing-line value, ``odds × fair close − 1``.

    The interval is of 95%, None where there are none; ``suspect`` of them had an edge beyond
    PROBABLE_ERROR, of a price that perhaps nobody could take.
    """

    n: int
    closing_line_value: float | None
    low: float | None
    high: float | None
    suspect: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Each outcome that could have been bet on, [n, 3]: its edge and its closing-line value, else NaN."""

    edge: Floats
    value: Floats


def takeable(history: History) -> Floats:
    """float64 [n, 3]: the best early price of a single bookmaker, exchange commission paid; NaN for none."""
    books = market.book_odds(history, market.PRE)
    books[market.EXCHANGE] = 1.0 + (books[market.EXCHANGE] - 1.0) * (1.0 - EXCHANGE_COMMISSION)
    best = np.nan_to_num(books[market.FIRST_BOOK :], nan=0.0).max(axis=0)
    return np.where(best > 1.0, best, np.nan).T


def taken(history: History, p: Floats, close: Floats) -> Taken:
    """The bets that forecasts ``p`` [n, 3] advise: edges from the threshold to the last credible one."""
    odds = takeable(history)
    edge = p * odds - 1.0
    bet = (edge >= THRESHOLD) & (edge <= CREDIBLE_EDGE) & ~np.isnan(close)
    return Taken(np.where(bet, edge, np.nan), np.where(bet, odds * close - 1.0, np.nan))


def summary(bets: Taken, rows: npt.NDArray[np.bool_]) -> BetFigures:
    """What the bets on the matches of ``rows`` came to.

    ``rows`` bool [n], over the matches that ``taken`` was made of.
    """
    value, edge = bets.value[rows], bets.edge[rows]
    known = value[~np.isnan(value)]
    if not len(known):
        return BetFigures(0, None, None, None, 0)
    suspect = int((edge > PROBABLE_ERROR).sum())
    return BetFigures(len(known), float(known.mean()), *metrics.interval(known, SEED), suspect)

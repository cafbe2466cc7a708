"""Fair probabilities from columns of decimal odds, and one consensus where books differ.

The scalar, readable form of margin removal is ``sabiscore.domain.margin``; this one does the power
method for millions of markets at once and is held equal to it by a test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import BOOKS, LINE_BOOKS
from sabiscore.history import Floats, History

PRE, CLOSE = 0, 1
HALLEY_STEPS = 4
LEAST_TOTAL, MOST_TOTAL = 0.85, 1.5
LINE_AVERAGE = LINE_BOOKS.index("avg")
AVERAGE, BEST, PINNACLE, EXCHANGE = (BOOKS.index(book) for book in ("avg", "max", "ps", "bfe"))
FIRST_BOOK = 2
"""Books from here on are single bookmakers; before it stand the average and the best price."""


def add(rows: Floats) -> Floats:
    """The sum over the first axis.

    numpy adds in another order, and so to other bits, where that axis is the only one longer than
    1 and has eight or more rows; so give it fewer, or three outcomes beside them.

    ``rows`` float64 [k, ...]; gives [...].
    """
    total: Floats = np.add.reduce(rows, axis=0)
    return total


def count(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How often the first axis is True; whole numbers add up to the same in any order.

    ``mask`` bool [k, ...]; gives int64 [...].
    """
    total: npt.NDArray[np.int64] = np.add.reduce(mask, axis=0, dtype=np.int64)
    return total


def fair(odds: Floats) -> Floats:
    """float64 [k, ...]: probabilities of k outcomes whose decimal ``odds`` are given as [k, ...].

    Power method: ``p_i = (1/o_i)^c`` with c such that they sum to 1 (Vovk & Zhdanov 2009), by a
    fixed number of Halley steps. NaN where a price is missing, or where the inverse odds sum to
    something no market has: those are no prices, and the steps would not settle.
    """
    inverse = 1.0 / odds.reshape(len(odds), -1)
    total = add(inverse)
    logs = np.log(np.where((total > LEAST_TOTAL) & (total < MOST_TOTAL), inverse, np.nan))
    powers_of_log = np.empty((len(logs), 3, logs.shape[1]))
    powers_of_log[:, 0], powers_of_log[:, 1], powers_of_log[:, 2] = 1.0, logs, logs * logs
    exponent = np.ones(inverse.shape[1])
    for _ in range(HALLEY_STEPS):
        total, slope, curve = add(np.exp(logs * exponent)[:, None] * powers_of_log)
        excess = total - 1.0
        exponent -= excess * slope / (slope * slope - 0.5 * excess * curve)
    powers = np.exp(logs * exponent)
    return (powers / add(powers)).reshape(odds.shape)


def book_odds(history: History, phase: int) -> Floats:
    """float64 [B, 3, m]: home, draw and away prices of every book in BOOKS; NaN where it had none."""
    return np.ascontiguousarray(history.odds[:, phase].transpose(1, 2, 0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Singles:
    """The single bookmakers' prices [B - 2, 3, m]: what is ``quoted``, and by how ``many`` books [3, m]."""

    prices: Floats
    quoted: npt.NDArray[np.bool_]
    many: npt.NDArray[np.int64]


def singles(books: Floats) -> Singles:
    """The single bookmakers among ``books`` [B, 3, m]."""
    prices = books[FIRST_BOOK:]
    quoted = ~np.isnan(prices)
    return Singles(prices, quoted, count(quoted))


def consensus(books: Floats, single: Singles) -> Floats:
    """float64 [3, m]: the average price in ``books`` [B, 3, m], else the harmonic mean of the single ones."""
    average: Floats = books[AVERAGE]
    if not np.isnan(average).any():
        return average
    total = add(np.where(single.quoted, 1.0 / single.prices, 0.0))
    mean = single.many / np.where(single.many > 0, total, np.nan)
    return np.where(np.isnan(average), mean, average)


CLOSING = tuple(BOOKS.index(book) for book in ("ps", "avg", "bfe"))
"""Books whose closing prices teach: Pinnacle, the market's average and the Betfair Exchange."""


def fair_close(closing: Floats) -> Floats:
    """float64 [2, m]: log-ratios of home and away to the draw at the close, margin removed.

    The mean over those of CLOSING that quote in ``closing`` [B, 3, m]; NaN where none does.
    """
    p = fair(closing[list(CLOSING)].transpose(1, 0, 2))
    ratios = np.log(p[::2] / p[1])
    known = ~np.isnan(ratios)
    many = count(known.transpose(1, 0, 2))
    total = add(np.where(known, ratios, 0.0).transpose(1, 0, 2))
    mean: Floats = total / np.where(many > 0, many, np.nan)
    return mean


TOTALS = tuple(LINE_BOOKS.index(book) for book in ("ps", "avg", "bfe"))
"""Books whose totals teach, as those of CLOSING do."""


def fair_over(history: History, phase: int) -> Floats:
    """float64 [m]: the log-odds of three goals or more at ``phase``, margin removed; NaN where unknown.

    The mean over those of TOTALS that quote.
    """
    p = fair(history.totals[:, phase, list(TOTALS)].transpose(2, 1, 0).astype(np.float64))
    return _mean_known(np.log(p[0] / p[1]))


def over_odds(history: History, phase: int) -> Floats:
    """float64 [m]: the log-odds of three goals or more at ``phase``, the margin shared; NaN where unknown.

    Of the average price, else the mean over whichever books quote. About a twentieth nearer to 0 than
    ``fair_over``, which weights make up for, at a fifth of its cost.
    """
    totals = history.totals[:, phase].transpose(2, 1, 0).astype(np.float64)
    over = np.log(totals[1] / totals[0])
    average: Floats = over[LINE_AVERAGE]
    missing = np.isnan(average)
    return np.where(missing, _mean_known(over), average) if missing.any() else average


def _mean_known(rows: Floats) -> Floats:
    """float64 [m]: the mean over what is known of ``rows`` [k, m], fewer than eight; NaN where nothing is."""
    known = ~np.isnan(rows)
    many = count(known)
    mean: Floats = add(np.where(known, rows, 0.0)) / np.where(many > 0, many, np.nan)
    return mean


def from_ratios(ratios: Floats) -> Floats:
    """float64 [3, m]: the probabilities whose log-ratios to the draw are ``ratios`` [2, m]."""
    weights = np.exp(ratios)
    draw = 1.0 / (1.0 + weights[0] + weights[1])
    return np.stack([weights[0] * draw, draw, weights[1] * draw])

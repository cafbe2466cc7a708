"""Fair probabilities from columns of decimal odds, and one consensus where books differ.

The scalar, readable form of margin removal is ``sabiscore.domain.margin``; this one does the power
method for millions of markets at once and is held equal to it by a test.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import BOOKS
from sabiscore.history import History

Floats = npt.NDArray[np.float64]

PRE, CLOSE = 0, 1
HALLEY_STEPS = 4
AVERAGE, BEST = BOOKS.index("avg"), BOOKS.index("max")
FIRST_BOOK = 2
"""Books from here on are single bookmakers; before it stand the average and the best price."""


def add(rows: Floats) -> Floats:
    """The sum over the first axis, always in its order.

    ``np.sum`` adds in another order when there is but one column: a row alone would differ.
    """
    total: Floats = rows[0] + rows[1]
    for row in rows[2:]:
        total += row
    return total


def count(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How often the first axis is True; whole numbers add up to the same in any order."""
    total: npt.NDArray[np.int64] = np.add.reduce(mask, axis=0, dtype=np.int64)
    return total


def fair(odds: Floats) -> Floats:
    """float64 [k, ...]: probabilities of k outcomes whose decimal ``odds`` are given as [k, ...].

    Power method: ``p_i = (1/o_i)^c`` with c such that they sum to 1 (Vovk & Zhdanov 2009), by a
    fixed number of Halley steps. NaN where any price is missing.
    """
    logs = -np.log(odds)
    powers_of_log = np.empty((len(logs), 3, *logs.shape[1:]))
    powers_of_log[:, 0], powers_of_log[:, 1], powers_of_log[:, 2] = 1.0, logs, logs * logs
    exponent = np.ones(odds.shape[1:])
    for _ in range(HALLEY_STEPS):
        total, slope, curve = add(np.exp(logs * exponent)[:, None] * powers_of_log)
        excess = total - 1.0
        exponent -= excess * slope / (slope * slope - 0.5 * excess * curve)
    powers = np.exp(logs * exponent)
    return powers / add(powers)


def book_odds(history: History, phase: int) -> Floats:
    """float64 [B, 3, m]: home, draw and away prices of every book in BOOKS; NaN where it had none."""
    return np.ascontiguousarray(history.odds[:, phase].transpose(1, 2, 0), dtype=np.float64)


def consensus(books: Floats) -> Floats:
    """float64 [3, m]: the average price in ``books`` [B, 3, m], else the harmonic mean of the single ones."""
    average, inverse = books[AVERAGE], 1.0 / books[FIRST_BOOK:]
    quoted = ~np.isnan(inverse)
    books_quoting = count(quoted)
    mean = books_quoting / np.where(books_quoting > 0, add(np.where(quoted, inverse, 0.0)), np.nan)
    return np.where(np.isnan(average), mean, average)


def last_known(early: Floats, closing: Floats) -> Floats:
    """float64 [3, m]: the closing average, else Pinnacle's close, else the earlier consensus."""
    pinnacle, average = closing[BOOKS.index("ps")], closing[AVERAGE]
    chosen = np.where(np.isnan(average), pinnacle, average)
    return np.where(np.isnan(chosen), consensus(early), chosen)

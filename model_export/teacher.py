"""The closing line as teacher: what members and head are fitted to instead of bare results.

An outcome is the noisiest label a match has. Where a fair closing price is known it says the same with
a tenth of the noise, so the target is nine parts of the close and one part of the outcome.
"""

from __future__ import annotations

import numpy as np

from sabiscore.features import market
from sabiscore.history import Floats, History
from sabiscore.learning.metrics import Outcomes

CLOSE_SHARE = 0.9
"""Weight of the close in the target. Shares of .8 and less, and 1, were farther from later closes."""


def fair_closes(history: History) -> Floats:
    """float64 [n, 3]: the fair closing probabilities of each match of ``history``; NaN where unknown."""
    return market.from_ratios(market.fair_close(market.book_odds(history, market.CLOSE))).T


def fair_totals(history: History) -> Floats:
    """float64 [n, 2]: fair closing probabilities of three goals or more, and of fewer; NaN where unknown.

    Of the early price where there is no closing one: the feed has closing totals since 2019/20 only.
    """
    closing = market.fair_over(history, market.CLOSE)
    over = np.where(np.isnan(closing), market.fair_over(history, market.PRE), closing)
    chances: Floats = 1.0 / (1.0 + np.exp(np.stack([-over, over], axis=1)))
    return chances


def targets(closes: Floats, y: Outcomes) -> Floats:
    """float64 [n, K]: what each match teaches: close and what happened mixed, else what happened alone.

    ``closes`` [n, K] are the fair probabilities of K classes, ``y`` int64 [n] is the one that came true.
    """
    outcomes = np.eye(closes.shape[1])[y]
    mixed = CLOSE_SHARE * closes + (1.0 - CLOSE_SHARE) * outcomes
    return np.where(np.isnan(closes), outcomes, mixed)

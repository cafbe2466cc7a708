"""The closing line as teacher: what members and head are fitted to instead of bare outcomes.

An outcome is the noisiest label a match has. Where a fair closing price is known it says the same with
a tenth of the noise, so the target is nine parts of the close and one part of the outcome.
"""

from __future__ import annotations

import numpy as np

from model_export.ensemble import CLASSES
from sabiscore.features import market
from sabiscore.history import Floats, History
from sabiscore.learning.metrics import Outcomes

CLOSE_SHARE = 0.9
"""Weight of the close in the target. Shares of .8 and less, and 1, were farther from later closes."""


def fair_closes(history: History) -> Floats:
    """float64 [n, 3]: the fair closing probabilities of each match of ``history``; NaN where unknown."""
    return market.from_ratios(market.fair_close(market.book_odds(history, market.CLOSE))).T


def targets(closes: Floats, y: Outcomes) -> Floats:
    """float64 [n, 3]: what each match teaches: close and outcome mixed, else the outcome alone."""
    outcomes = np.eye(CLASSES)[y]
    mixed = CLOSE_SHARE * closes + (1.0 - CLOSE_SHARE) * outcomes
    return np.where(np.isnan(closes), outcomes, mixed)

"""Where bookmakers disagree, and where prices differ from all that was known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features import market
from sabiscore.features.block import Group
from sabiscore.features.inputs import MID, XG, FeatureInputs
from sabiscore.features.market import add
from sabiscore.history import Floats

GROUP = Group("panic")


@GROUP.block(
    "log-odds",
    "spread_home", "spread_draw", "spread_away", "best_home", "best_draw", "best_away",
    "surprise_home", "surprise_away", "against_xg_home", "against_xg_away",
)  # fmt: skip
def _panic(known: FeatureInputs) -> Sequence[Floats]:
    logs = np.log(known.books)
    best = logs[market.BEST] - np.log(known.consensus)
    now = known.now[:, 0]
    surprise = [now - known.priced, now - known.implied[:, XG, MID]]
    return [_spread(logs[market.FIRST_BOOK :], known.singles), best, *surprise]


def _spread(logs: Floats, single: market.Singles) -> Floats:
    """float64 [3, m]: standard deviation of log prices over the books that quote; NaN with fewer than two."""
    several = np.where(single.many > 1, single.many, np.nan)
    mean = add(np.where(single.quoted, logs, 0.0)) / several
    return np.sqrt(add(np.where(single.quoted, (logs - mean) ** 2, 0.0)) / several)

"""This match's own prices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features import market
from sabiscore.features.block import SIDES, Group, each
from sabiscore.features.inputs import BOOKS_SEEN, FeatureInputs
from sabiscore.features.market import LINE_AVERAGE, add
from sabiscore.history import Floats

GROUP = Group("market_now")


@GROUP.block("flag", "present", "totals_present")
def _now_flags(known: FeatureInputs) -> Sequence[Floats]:
    return [(~np.isnan(price)).astype(np.float64) for price in (known.now[0, 0], known.over_now)]


@GROUP.block(
    "log-ratio to the draw",
    *each("consensus", SIDES), *(f"{book}_off_{side}" for side in SIDES for book in BOOKS_SEEN),
)  # fmt: skip
def _now_books(known: FeatureInputs) -> Sequence[Floats]:
    """The consensus, and how far each book is off it: a book that goes missing then moves nothing."""
    return [known.now[:, 0], known.now[:, 1:] - known.now[:, :1]]


@GROUP.block(
    "log-odds, goals, share or count", "over", "over_gap", "handicap_line", "handicap", "overround", "books"
)
def _now_lines(known: FeatureInputs) -> Sequence[Floats]:
    """``over_gap`` is how far the totals are off what past prices expect; missing where they are."""
    handicap = known.fixtures.handicap[:, market.PRE, LINE_AVERAGE].T.astype(np.float64)
    return [
        known.over_now,
        known.over_now - known.over,
        known.fixtures.line[:, market.PRE].astype(np.float64),
        np.log(handicap[1] / handicap[0]),
        add(1.0 / known.consensus) - 1.0,
        np.where(np.isnan(known.consensus[0]), np.nan, known.singles.many[0]),
    ]

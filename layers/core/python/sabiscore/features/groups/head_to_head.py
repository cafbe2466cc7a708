"""What these two did to one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features.block import Group
from sabiscore.features.inputs import FeatureInputs
from sabiscore.features.state import PAIR
from sabiscore.history import Floats

GROUP = Group("head_to_head")

HEAD_TO_HEAD_LIMIT_DAYS = 3000.0


@GROUP.block(
    "decayed count, mean of won 1 and lost −1, goals or days",
    "weight", "result", "goal_difference", "goals", "days",
)  # fmt: skip
def _head_to_head(known: FeatureInputs) -> Sequence[Floats]:
    weight = known.pair[PAIR["count"]][0]
    meetings = np.where(weight > 0, weight, np.nan)
    days = known.day - known.pair[PAIR["last_day"]][0]
    return [
        weight,
        known.lower * known.pair[PAIR["result"]][0] / meetings,
        known.lower * known.pair[PAIR["goal_difference"]][0] / meetings,
        known.pair[PAIR["goals"]][0] / meetings,
        np.where(weight > 0, np.minimum(days, HEAD_TO_HEAD_LIMIT_DAYS), np.nan),
    ]

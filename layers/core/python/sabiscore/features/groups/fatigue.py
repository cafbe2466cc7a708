"""Rest days and the load of matches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features.block import SIDES, Group
from sabiscore.features.inputs import FeatureInputs
from sabiscore.features.market import count
from sabiscore.features.state import TEAM
from sabiscore.history import Floats

GROUP = Group("fatigue")

REST_LIMIT = 30.0


@GROUP.block(
    "days or matches",
    "rest_home", "rest_away", "rest_gap",
    *(f"matches_{days}_{side}" for days in (7, 14, 30) for side in SIDES),
)  # fmt: skip
def _fatigue(known: FeatureInputs) -> Sequence[Floats]:
    ago = known.day - known.teams[TEAM["recent"]]
    rest = np.minimum(ago[0], REST_LIMIT)
    counts = [count(ago <= days) for days in (7.0, 14.0, 30.0)]
    return [rest, rest[0] - rest[1], *counts]

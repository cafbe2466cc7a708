"""Where the teams stand, and what is at stake for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features.block import SIDES, Group
from sabiscore.features.inputs import FeatureInputs
from sabiscore.features.market import count
from sabiscore.features.state import LEAGUE, STANDING_POINTS, TEAM, standing
from sabiscore.history import Floats

GROUP = Group("table")


@GROUP.block(
    "share, points or goals a match, or share of the points left",
    "progress",
    *(
        f"{name}_{side}"
        for name in ("played", "position", "points", "goal_difference", "title_gap", "fourth_gap", "drop_gap")
        for side in SIDES
    ),
)  # fmt: skip
def _table(known: FeatureInputs) -> Sequence[Floats]:
    table = np.sort(known.league[LEAGUE["table"]], axis=0)[::-1]
    members = known.league[LEAGUE["members"]][0]
    under_way = (known.league[LEAGUE["season"]][0] == known.season) & (members > 4)
    rounds = 2.0 * np.where(under_way, members - 1.0, np.nan)
    played = known.teams[TEAM["season_played"]][0]
    points, difference = known.teams[TEAM["points"]][0], known.teams[TEAM["goal_difference"]][0]
    left = 3.0 * np.maximum(rounds - played, 0.0) + 3.0
    above = count(table[:, None] > standing(known.teams))
    a_match = np.where(played > 0, played, np.nan)
    gaps = np.minimum(np.maximum((points - _lines(table, members)[:, None]) / left, -2.0), 2.0)
    rows = [played[0] / rounds, played, 2.0 * above / rounds, points / a_match, difference / a_match, gaps]
    return [np.where(under_way, row, np.nan) for row in rows]


def _lines(table: Floats, members: Floats) -> Floats:
    """float64 [3, m]: points of the leader, of the fourth, and of the best of the last three."""
    last_three = np.maximum(members - 3.0, 0.0).astype(np.int64)
    lines = np.concatenate([table[:4:3], table[last_three, np.arange(table.shape[1])][None]])
    return np.floor(np.where(np.isfinite(lines), lines, 0.0) / STANDING_POINTS)

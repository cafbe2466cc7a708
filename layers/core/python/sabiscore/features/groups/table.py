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

_LINES = ("title", "fourth", "drop")
NEAR = 3.0
"""How fast a line stops to matter: a third of the points left away, it matters exp(−1/3)."""


@GROUP.block(
    "share, points or goals a match, share of the points left, or weight",
    "progress",
    *(
        f"{name}_{side}"
        for name in ("played", "position", "points", "goal_difference", "title_gap", "fourth_gap", "drop_gap")
        for side in SIDES
    ),
    *(f"near_{line}_{how}" for how in ("gap", "sum") for line in (*_LINES, "any")),
    *(f"late_{line}_gap" for line in _LINES),
)  # fmt: skip
def _table(known: FeatureInputs) -> Sequence[Floats]:
    table = np.sort(known.league[LEAGUE["table"]], axis=0)[::-1]
    members = known.league[LEAGUE["members"]][0]
    under_way, rounds = known.season_part.under_way, known.season_part.rounds
    played = known.teams[TEAM["season_played"]][0]
    points, difference = known.teams[TEAM["points"]][0], known.teams[TEAM["goal_difference"]][0]
    left = 3.0 * np.maximum(rounds - played, 0.0) + 3.0
    above = count(table[:, None] > standing(known.teams))
    a_match = np.where(played > 0, played, np.nan)
    gaps = np.minimum(np.maximum((points - _lines(table, members)[:, None]) / left, -2.0), 2.0)
    late = known.season_part.late
    near = np.exp(-NEAR * gaps * gaps) * late
    near = np.concatenate([near, near.max(axis=0)[None]])
    pressed = [near[:, 0] - near[:, 1], near[:, 0] + near[:, 1], late * (gaps[:, 0] - gaps[:, 1])]
    place = [played, 2.0 * above / rounds, points / a_match, difference / a_match]
    rows = [known.season_part.progress, *place, gaps, *pressed]
    return [np.where(under_way, np.concatenate([row.reshape(-1, len(rounds)) for row in rows]), np.nan)]


@GROUP.block(
    "weight or tiers",
    "late", "start", "promoted_gap", "promoted_sum", "promoted_gap_start", "promoted_sum_start",
)  # fmt: skip
def _season(known: FeatureInputs) -> Sequence[Floats]:
    season = known.season_part
    promoted = (known.teams[TEAM["climbed"].start] > 0).astype(np.float64)
    gap, total = promoted[0] - promoted[1], promoted[0] + promoted[1]
    return [season.late, season.start, gap, total, gap * season.start, total * season.start]


def _lines(table: Floats, members: Floats) -> Floats:
    """float64 [3, m]: points of the leader, of the fourth, and of the best of the last three."""
    last_three = np.maximum(members - 3.0, 0.0).astype(np.int64)
    lines = np.concatenate([table[:4:3], table[last_three, np.arange(table.shape[1])][None]])
    return np.floor(np.where(np.isfinite(lines), lines, 0.0) / STANDING_POINTS)

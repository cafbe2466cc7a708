"""Strength as the prices of past matches tell it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features import openness
from sabiscore.features.block import SIDES, Group, each
from sabiscore.features.groups.edges import BENT, EDGE, bent_rows, edge_rows
from sabiscore.features.inputs import FeatureInputs
from sabiscore.features.state import LEAGUE, MARKET, OVER_VARIANCE_NEWCOMER, TEAM
from sabiscore.history import Floats

GROUP = Group("market_past")


@GROUP.block("flag", "present")
def _past_flag(known: FeatureInputs) -> Sequence[Floats]:
    return [known.past.astype(np.float64)]


@GROUP.block("log-ratio to the draw", *each("expected", SIDES))
def _expected_outcome(known: FeatureInputs) -> Sequence[Floats]:
    return [known.priced]


@GROUP.block(
    "log-odds home/away or log-ratio to the draw",
    *EDGE, "openness", "league_openness", "level", *BENT, *each("move", SIDES),
)  # fmt: skip
def _expected_edge(known: FeatureInputs) -> Sequence[Floats]:
    between, league = openness.expected(known.teams, known.league), known.league[LEAGUE["openness"].start]
    level = 0.5 * (known.priced[0] + known.priced[1])
    move = known.teams[TEAM["market_move"].start]
    rows = [*edge_rows(known, MARKET), between, league, level, *bent_rows(known, MARKET), *move]
    return [np.where(known.past, np.array(rows), np.nan)]


@GROUP.block("log-odds or its variance", "over", "over_teams", "over_variance")
def _expected_totals(known: FeatureInputs) -> Sequence[Floats]:
    """Three goals or more: expected, what of it is the two teams' own, and the doubt about that."""
    own, doubt = known.teams[TEAM["over"].start], known.teams[TEAM["over_variance"].start]
    rows = [known.over, own[0] + own[1], np.minimum(doubt[0] + doubt[1], 2.0 * OVER_VARIANCE_NEWCOMER)]
    return [np.where(known.past, np.array(rows), np.nan)]

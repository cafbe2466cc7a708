"""Strength as the prices of past matches tell it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features.block import SIDES, Group, each
from sabiscore.features.inputs import MARKET, MID, SPEED_NAMES, FeatureInputs
from sabiscore.features.state import LEAGUE, TEAM
from sabiscore.history import Floats

GROUP = Group("market_past")


@GROUP.block("flag", "present")
def _past_flag(known: FeatureInputs) -> Sequence[Floats]:
    return [known.past.astype(np.float64)]


@GROUP.block(
    "log-odds or log-ratio to the draw",
    *each("edge", SPEED_NAMES), *each("home", SPEED_NAMES), *each("away", SPEED_NAMES),
)  # fmt: skip
def _past_outcomes(known: FeatureInputs) -> Sequence[Floats]:
    strength = known.teams[TEAM["market"]]
    edge = strength[:, 0] - strength[:, 1] + known.league[LEAGUE["market_edge"]]
    return [np.where(known.past, edge, np.nan), known.implied[:, MARKET]]


@GROUP.block(
    "log rate or log-odds",
    *each("rate", SIDES), *each("turn", SIDES), *each("move", SIDES), *each("attack", SIDES),
)  # fmt: skip
def _past_levels(known: FeatureInputs) -> Sequence[Floats]:
    strength = known.teams[TEAM["market"]]
    move, attack = known.teams[TEAM["market_move"]][0], known.teams[TEAM["market_attack"]][MID]
    rows = (known.rates[MARKET, MID], strength[2] - strength[0], move, attack)
    return [np.where(known.past, row, np.nan) for row in rows]

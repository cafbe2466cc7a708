"""Scoring rates, where they are turning, luck and runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features.block import SIDES, Group, each
from sabiscore.features.inputs import MID, SPEED_NAMES, XG, FeatureInputs
from sabiscore.features.state import TEAM
from sabiscore.history import Floats

GROUP = Group("momentum")


@GROUP.block("goals", *each("rate", SIDES))
def _momentum_rates(known: FeatureInputs) -> Sequence[Floats]:
    return [np.exp(known.rates[XG, MID])]


@GROUP.block(
    "log rate or Elo points over 400, fast minus slow",
    *each("attack_turn", SIDES), *each("defence_turn", SIDES), *each("elo_turn", SIDES),
)  # fmt: skip
def _momentum_turns(known: FeatureInputs) -> Sequence[Floats]:
    on_xg = len(SPEED_NAMES)
    attack, defence = known.teams[TEAM["attack"]][on_xg:], known.teams[TEAM["defence"]][on_xg:]
    elo = known.teams[TEAM["elo"]][:on_xg] / 400.0
    return [rating[2] - rating[0] for rating in (attack, defence, elo)]


@GROUP.block(
    "goals a match against expectation, decayed",
    *(
        f"{name}_{side}"
        for name in ("attack_fast", "attack_slow", "defence_fast", "defence_slow", "luck_for", "luck_against")
        for side in SIDES
    ),
)  # fmt: skip
def _momentum_surplus(known: FeatureInputs) -> Sequence[Floats]:
    return [known.teams[TEAM["surplus"].start : TEAM["luck"].stop]]


@GROUP.block(
    "matches in a row, at most 10",
    *(
        f"{name}_{side}"
        for name in ("wins", "unbeaten", "winless", "scoreless", "clean_sheets")
        for side in SIDES
    ),
)  # fmt: skip
def _momentum_streaks(known: FeatureInputs) -> Sequence[Floats]:
    return [np.minimum(known.teams[TEAM["streaks"]], 10.0)]

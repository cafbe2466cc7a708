"""Strength: the filter of performances, Elo and goal rates at three speeds, and the results they imply."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features.block import SIDES, Group, each
from sabiscore.features.groups.edges import BENT, EDGE, bent_rows, edge_rows
from sabiscore.features.inputs import MID, SPEED_NAMES, FeatureInputs
from sabiscore.features.openness import outcome_ratios, usual
from sabiscore.features.state import BASE_ELO, LEAGUE, PERFORMANCE, TEAM
from sabiscore.features.totals import over_of
from sabiscore.features.update import ELO_SCALE
from sabiscore.history import Floats

GROUP = Group("ratings")


@GROUP.block("log-ratio to the draw", *each("expected", SIDES))
def _expected_outcome(known: FeatureInputs) -> Sequence[Floats]:
    edge = known.edges[PERFORMANCE]
    return [outcome_ratios(edge, usual(edge))]


@GROUP.block("log-odds home/away or its square", *EDGE, "edge_root", "edge_square", *BENT)
def _expected_edge(known: FeatureInputs) -> Sequence[Floats]:
    edge = known.edges[PERFORMANCE]
    curve = [np.sqrt(edge * edge + 0.25), edge * edge]
    return [*edge_rows(known, PERFORMANCE), *curve, *bent_rows(known, PERFORMANCE)]


@GROUP.block(
    "log-odds",
    *(f"over_{kind}_{speed}" for kind in ("goals", "xg") for speed in SPEED_NAMES),
)  # fmt: skip
def _rating_totals(known: FeatureInputs) -> Sequence[Floats]:
    """What each kind of goal rates says of three goals or more."""
    rates = np.exp(known.rates)
    return [over_of(rates[:, :, 0] + rates[:, :, 1])]


_LEVELS = ("elo_level", "attack", "attack_xg", "defence", "defence_xg")


@GROUP.block(
    "log-odds home/away",
    *each("elo", SPEED_NAMES), *each("elo_xg", SPEED_NAMES),
)  # fmt: skip
def _rating_differences(known: FeatureInputs) -> Sequence[Floats]:
    elo = known.teams[TEAM["elo"]].reshape(2, len(SPEED_NAMES), 2, -1)
    difference = elo[:, :, 0] - elo[:, :, 1] + known.league[LEAGUE["elo_home"]][:, None]
    return [difference / ELO_SCALE]


@GROUP.block(
    "log-ratio to the draw",
    *(f"{kind}_{side}_{speed}" for side in SIDES for kind in ("goals", "xg") for speed in SPEED_NAMES),
)  # fmt: skip
def _rating_outcomes(known: FeatureInputs) -> Sequence[Floats]:
    return [known.implied]


@GROUP.block(
    "Elo points over 400 or log rate",
    *(f"{name}_{side}" for name in _LEVELS for side in SIDES),
)  # fmt: skip
def _rating_levels(known: FeatureInputs) -> Sequence[Floats]:
    elo = (known.teams[TEAM["elo"]][MID] - BASE_ELO) / 400.0
    rates = known.teams[TEAM["attack"].start + MID : TEAM["defence"].stop : len(SPEED_NAMES)]
    return [elo, rates]

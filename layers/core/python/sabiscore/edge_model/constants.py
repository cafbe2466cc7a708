"""The layout of the states and the numbers that features are computed with, as the edge reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def layout() -> Mapping[str, Mapping[str, list[int]]]:
    """Where each quantity begins and ends among the rows of a team, a league and a pair."""
    from sabiscore.features.state import LEAGUE, PAIR, TEAM

    return {
        of: {name: [int(rows.start), int(rows.stop)] for name, rows in named.items()}
        for of, named in (("team", TEAM), ("league", LEAGUE), ("pair", PAIR))
    }


def constants() -> Mapping[str, Any]:
    """By module of ``sabiscore.features``, numbers by the names that they have there."""
    from sabiscore.domain import scoreline
    from sabiscore.features import inputs, poisson, stakes, state, strength, totals, update
    from sabiscore.features.groups import edges, fatigue, head_to_head, table

    return {
        "edges": {"MOST_VARIANCE": edges.MOST_VARIANCE},
        "fatigue": {"REST_LIMIT": fatigue.REST_LIMIT},
        "head_to_head": {"HEAD_TO_HEAD_LIMIT_DAYS": head_to_head.HEAD_TO_HEAD_LIMIT_DAYS},
        "inputs": {
            "FEWEST_UNDER_WAY": inputs.FEWEST_UNDER_WAY,
            "START_ROUNDS": inputs.START_ROUNDS,
            "LATE_FROM": inputs.LATE_FROM,
        },
        "poisson": {"MOST_GOALS": poisson.MOST_GOALS, "RHO": scoreline.RHO},
        "scoreline": {
            "RHO": scoreline.RHO,
            "MOST_GOALS": scoreline.MOST_GOALS,
            "LEAST_RATE": scoreline.LEAST_RATE,
            "MOST_RATE": scoreline.MOST_RATE,
            "LINE": scoreline.LINE,
            "MOST_TILT": scoreline.MOST_TILT,
        },
        "stakes": {
            "LAST_MATCHES": stakes.LAST_MATCHES,
            "FEWEST_MEMBERS": stakes.FEWEST_MEMBERS,
            "FEWEST_PLAYED": stakes.FEWEST_PLAYED,
            "POINTS_A_MATCH": stakes.POINTS_A_MATCH,
            "REACH": stakes.REACH,
            "REACH_SLACK": stakes.REACH_SLACK,
            "WEIGHT_MATCHES": stakes.WEIGHT_MATCHES,
            "PULL": stakes.PULL.tolist(),
            "DEAD": stakes.DEAD.tolist(),
        },
        "state": {
            "BASE_ELO": state.BASE_ELO,
            "OVER_VARIANCE_NEWCOMER": state.OVER_VARIANCE_NEWCOMER,
            "STANDING_POINTS": state.STANDING_POINTS,
        },
        "strength": {"EDGE_OFFSET": strength.EDGE_OFFSET, "EDGE_SCALE": strength.EDGE_SCALE},
        "table": {"NEAR": table.NEAR},
        "totals": {"ON_UNEVENNESS": totals.ON_UNEVENNESS},
        "update": {"ELO_SCALE": float(update.ELO_SCALE)},
    }

"""Openness: how much rarer draws are than the edge alone says, of a team and of its league.

With ``e`` the fair log-odds home/away and ``u`` the mean log-ratio of home and away to the draw, both
sides are ``u ± e/2``. ``u`` mostly follows from ``e``; what is left is learnt by a scalar Kalman filter
a team, from closing prices, and from how many goals fell beside how many were priced.
Constants: as those of ``strength``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sabiscore.features.state import LEAGUE, TEAM
from sabiscore.history import Floats

if TYPE_CHECKING:
    from sabiscore.features.observe import MatchSignals


FADE_DAYS, LONGEST_GAP_DAYS = 275.0, 60.0
DRIFT_A_DAY, DRIFT_DAYS = 2e-5, 30.0
OPENNESS_NOISE = 0.010
LEAGUE_STEP = 0.03
ON_GOALS, ON_XG, GOALS_LIMIT = 0.0029, 0.002, 3.0
XG_SCALE = 0.85


def usual(edge: Floats) -> Floats:
    """float64 [n]: the log-ratio ``u`` that goes with an ``edge``.

    >>> round(float(usual(np.array(0.0))), 3)
    0.186
    """
    bend = np.sqrt(edge * edge + 0.25) - 0.5
    mean: Floats = 0.186 - 0.053 * bend + 0.067 * edge * edge - 0.015 * edge
    return mean


def outcome_ratios(edge: Floats, level: Floats) -> Floats:
    """float64 [2, n]: the log-ratios of home and away to the draw."""
    half = 0.5 * edge
    return np.array([level + half, level - half])


def advance(teams: Floats, day: Floats) -> None:
    """Let ``teams`` [TEAM_ROWS, m], in place, come to the ``day`` [m] of a match from their last one."""
    gap = day - teams[TEAM["recent"].start]
    teams[TEAM["openness"].start] *= np.exp(np.minimum(gap, LONGEST_GAP_DAYS) / -FADE_DAYS)
    drift = DRIFT_A_DAY * np.minimum(gap, DRIFT_DAYS)
    teams[TEAM["openness_variance"].start] += np.where(teams[TEAM["season_played"].start] > 0, drift, 0.0)


def expected(teams: Floats, league: Floats) -> Floats:
    """float64 [n]: the openness of a match of ``teams`` [TEAM_ROWS, 2, n]."""
    openness = teams[TEAM["openness"].start]
    total: Floats = league[LEAGUE["openness"].start] + openness[0] + openness[1]
    return total


def learn(teams: Floats, league: Floats, day: MatchSignals, moves: Floats) -> None:
    """Let ``teams`` [TEAM_ROWS, 2, n], in place, learn from ``day``; leagues' steps go to ``moves``."""
    openness, variance = teams[TEAM["openness"].start], teams[TEAM["openness_variance"].start]
    error = day.priced * (day.level - usual(day.edge) - expected(teams, league))
    spread = variance[0] + variance[1] + OPENNESS_NOISE
    openness += error / spread * variance + day.open_play
    variance -= day.priced / spread * variance * variance
    moves[LEAGUE["openness"].start] = LEAGUE_STEP * error


def goals_beyond_price(goals: Floats, xg: Floats, priced_goals: Floats) -> Floats:
    """float64 [n]: what ``goals`` and ``xg`` beyond ``priced_goals`` add to openness; 0 where unknown."""
    beyond = np.minimum(np.maximum(goals - priced_goals, -GOALS_LIMIT), GOALS_LIMIT)
    return np.nan_to_num(ON_GOALS * beyond) + np.nan_to_num(ON_XG * (XG_SCALE * xg - priced_goals))

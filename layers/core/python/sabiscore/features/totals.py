"""Totals: how likely three goals or more are, of a team and of its league, as closing prices tell it.

``over`` is the log-odds of more than 2.5 goals. Some of it follows from how uneven the teams are;
what is left is learnt by a scalar Kalman filter a team, from the last known price of the totals and from
how many goals fell beside how many were priced.
Constants: those that foretold the totals of 2008/09 to 2021/22 best (18 divisions; early prices before
2019/20, since the feed has no closing totals of older seasons).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sabiscore.features.state import LEAGUE, TEAM
from sabiscore.history import Floats

if TYPE_CHECKING:
    from sabiscore.features.observe import MatchSignals

ON_UNEVENNESS = 0.086
"""What the square of the edge adds to the log-odds: one-sided matches have more goals."""
FADE_DAYS, LONGEST_GAP_DAYS = 300.0, 120.0
DRIFT_A_DAY, DRIFT_DAYS = 1.2e-4, 30.0
OVER_NOISE = 0.012
SURPRISE_LIMIT = 2.0
"""A price further than this many standard deviations from what was expected counts as this far."""
LEAGUE_STEP = 0.02
ON_GOALS, ON_XG, GOALS_LIMIT = 0.010, 0.005, 3.0
XG_SCALE = 0.85
RATE_STEPS = 12
LEAST_GOALS, MOST_GOALS = 0.1, 8.0


def over_of(goals: Floats) -> Floats:
    """float64 [...]: the log-odds of three goals or more where ``goals`` [...] are expected (Poisson).

    >>> round(float(over_of(np.array(3.0))), 3)
    0.31
    """
    up_to_two = 1.0 + goals + 0.5 * goals * goals
    over: Floats = np.log(np.exp(goals) / up_to_two - 1.0)
    return over


def goals_of(over: Floats) -> Floats:
    """float64 [m]: the goals a match that go with the log-odds ``over`` [m], by a fixed number of Newton
    steps, 0.1 to 8; NaN where unknown.

    >>> round(float(goals_of(np.array([0.0]))[0]), 3)
    2.674
    """
    wanted = 1.0 / (1.0 + np.exp(over))
    goals = np.where(np.isnan(over), np.nan, 2.6)
    for _ in range(RATE_STEPS):
        none = np.exp(-goals)
        under = none * (1.0 + goals + 0.5 * goals * goals)
        goals = goals + (under - wanted) / (0.5 * none * goals * goals)
        goals = np.minimum(np.maximum(goals, LEAST_GOALS), MOST_GOALS)
    return goals


def advance(teams: Floats, day: Floats) -> None:
    """Let ``teams`` [TEAM_ROWS, m], in place, come to the ``day`` [m] of a match from their last one."""
    gap = day - teams[TEAM["recent"].start]
    teams[TEAM["over"].start] *= np.exp(np.minimum(gap, LONGEST_GAP_DAYS) / -FADE_DAYS)
    drift = DRIFT_A_DAY * np.minimum(gap, DRIFT_DAYS)
    teams[TEAM["over_variance"].start] += np.where(teams[TEAM["season_played"].start] > 0, drift, 0.0)


def expected(teams: Floats, league: Floats, edge: Floats) -> Floats:
    """float64 [n]: ``over`` of a match of ``teams`` [TEAM_ROWS, 2, n] with the market's ``edge`` [n]."""
    over = teams[TEAM["over"].start]
    total: Floats = league[LEAGUE["over"].start] + over[0] + over[1] + ON_UNEVENNESS * edge * edge
    return total


def learn(teams: Floats, league: Floats, day: MatchSignals, moves: Floats) -> None:
    """Let ``teams`` [TEAM_ROWS, 2, n], in place, learn from ``day``; leagues' steps go to ``moves``."""
    over, variance = teams[TEAM["over"].start], teams[TEAM["over_variance"].start]
    spread = variance[0] + variance[1] + OVER_NOISE
    limit = SURPRISE_LIMIT * np.sqrt(spread)
    surprise = day.over - expected(teams, league, day.edge)
    surprise = day.totalled * np.minimum(np.maximum(surprise, -limit), limit)
    over += surprise / spread * variance + day.goals_beyond
    variance -= day.totalled / spread * variance * variance
    moves[LEAGUE["over"].start] = LEAGUE_STEP * surprise


def goals_beyond_price(goals: Floats, xg: Floats, over: Floats) -> Floats:
    """float64 [n]: what ``goals`` and ``xg`` beyond the priced ``over`` add to it; 0 where unknown."""
    priced = goals_of(over)
    beyond = np.minimum(np.maximum(goals - priced, -GOALS_LIMIT), GOALS_LIMIT)
    return np.nan_to_num(ON_GOALS * beyond) + np.nan_to_num(ON_XG * (XG_SCALE * xg - priced))

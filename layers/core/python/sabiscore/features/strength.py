"""Strength as two small Kalman filters a team: of closing prices, and of what teams do on the pitch.

Each kind follows one edge, home minus away: the market's fair log-odds home/away, or a performance
made of goals and shots. A team's strength is a slow part, which drifts and jumps between seasons, and
a fast part, which fades within months; both come with their variances and covariance, so a match
moves a team that is little known more than one that is well known. Per match day:
``enter_season`` and ``advance`` before, ``learn`` after.

Constants: maximum likelihood of the closing edges up to 2015/16 (18 divisions), kept as they were
found; a promoted team's fall is in the same units.
"""

from __future__ import annotations

import numpy as np

from sabiscore.features.observe import MatchSignals
from sabiscore.features.state import FAST_VARIANCE, LEAGUE, MARKET, PERFORMANCE, TEAM
from sabiscore.history import Floats


def _kinds(market: float, performance: float) -> Floats:
    return np.array([market, performance])[:, None]


FADE_DAYS = _kinds(100.0, 160.0)
LONGEST_GAP_DAYS = 120.0
DRIFT_A_DAY, DRIFT_DAYS = _kinds(1.4e-4, 2e-5), 30.0
DRIFT_EARLY, EARLY_MATCHES = 0.0067, 7.0
"""Early in a season the market's strength moves more: by this a match, less the more were played."""
STRENGTH_NOISE = _kinds(0.10, 1.27)
PRICE_SURPRISE_LIMIT = 1.75
"""A closing price further than this many standard deviations from what was expected counts as this far."""
HOME_STEP = _kinds(0.008, 0.001)
VENUE_STEP, VENUE_KEEP = _kinds(0.0064, 0.0008), _kinds(0.994, 0.995)

EDGE_OFFSET, EDGE_SCALE = -0.099, 1.994
"""The market's edge for a performance x is about ``EDGE_OFFSET + EDGE_SCALE * x``."""
RESULT_ON_SLOW, RESULT_ON_FAST = 0.031, 0.044
"""What a result that surprised the close still adds to the market's strength of both teams."""

SLOW, FAST, SLOW_VARIANCE, COVARIANCE, FAST_VARIANCE_ROW, VENUE = range(6)
"""The rows of ``parts``; ``VENUE`` is what a team's ground is worth beyond its league's, home and away."""
_SIDE = np.array([1.0, -1.0])[:, None]
_ROWS = slice(TEAM["slow"].start, TEAM["venue"].stop)


def parts(teams: Floats) -> Floats:
    """float64 [6, 2 kinds, 2 sides, n]: slow, fast, their variances and covariance, venue; a view."""
    return teams[_ROWS].reshape(6, 2, 2, -1)


def advance(teams: Floats, day: Floats) -> None:
    """Let ``teams`` [TEAM_ROWS, m], in place, come to the ``day`` [m] of a match from their last one."""
    rows = teams[_ROWS].reshape(6, 2, -1)
    gap, played = day - teams[TEAM["recent"].start], teams[TEAM["season_played"].start]
    fade = np.exp(np.minimum(gap, LONGEST_GAP_DAYS) / -FADE_DAYS)
    rows[FAST] *= fade
    rows[COVARIANCE] *= fade
    rows[FAST_VARIANCE_ROW] = FAST_VARIANCE + (rows[FAST_VARIANCE_ROW] - FAST_VARIANCE) * (fade * fade)
    same_season = played > 0.0
    rows[SLOW_VARIANCE] += DRIFT_A_DAY * (np.minimum(gap, DRIFT_DAYS) * same_season)
    rows[SLOW_VARIANCE, MARKET] += DRIFT_EARLY * np.exp((1.0 - played) / EARLY_MATCHES) * same_season


def variances(teams: Floats) -> Floats:
    """float64 [2 kinds, 2 sides, n]: the variance of each team's strength."""
    rows = parts(teams)
    total: Floats = rows[SLOW_VARIANCE] + 2.0 * rows[COVARIANCE] + rows[FAST_VARIANCE_ROW]
    return total


def expected(teams: Floats, league: Floats, stakes: Floats) -> Floats:
    """float64 [2 kinds, n]: the edge that each kind expects, ``stakes`` [2, n] included."""
    rows = parts(teams)
    strength, venue = rows[SLOW] + rows[FAST], rows[VENUE]
    edge: Floats = strength[:, 0] - strength[:, 1] + league[LEAGUE["edge_home"]] + stakes
    edge += venue[:, 0]
    edge += venue[:, 1]
    return edge


def as_market_edge(performance: Floats) -> Floats:
    """float64 [n]: the market's edge that goes with an expected ``performance`` [n].

    >>> round(float(as_market_edge(np.array(0.5))), 3)
    0.898
    """
    edge: Floats = EDGE_OFFSET + EDGE_SCALE * performance
    return edge


def learn(teams: Floats, league: Floats, stakes: Floats, day: MatchSignals, moves: Floats) -> None:
    """Let ``teams`` [TEAM_ROWS, 2, n], in place, learn from ``day``; leagues' steps go to ``moves``."""
    rows = parts(teams)
    played_for = day.lead + np.add.reduce(day.shot_gaps / league[LEAGUE["shots_before"]], axis=0)
    surprise = -expected(teams, league, stakes)
    surprise[MARKET] += day.edge
    surprise[PERFORMANCE] += played_for
    moved = rows[SLOW_VARIANCE:FAST_VARIANCE_ROW] + rows[COVARIANCE:VENUE]
    both = moved[0] + moved[1]
    spread = both[:, 0] + both[:, 1] + STRENGTH_NOISE
    limit = PRICE_SURPRISE_LIMIT * np.sqrt(spread[MARKET])
    surprise[MARKET] = np.minimum(np.maximum(surprise[MARKET], -limit), limit)
    surprise *= day.known
    gain = moved * (day.known / spread)[:, None]
    rows[: FAST + 1] += gain * (surprise[:, None] * _SIDE)
    rows[SLOW_VARIANCE] -= gain[0] * moved[0]
    rows[COVARIANCE] -= gain[0] * moved[1]
    rows[FAST_VARIANCE_ROW] -= gain[1] * moved[1]
    venue = rows[VENUE]
    venue -= (day.known * (1.0 - VENUE_KEEP))[:, None] * venue
    venue += (VENUE_KEEP * VENUE_STEP * surprise)[:, None]
    evidence = day.priced * day.rated * (played_for - (day.edge - EDGE_OFFSET) / EDGE_SCALE) * _SIDE
    rows[SLOW, MARKET] += RESULT_ON_SLOW * evidence
    rows[FAST, MARKET] += RESULT_ON_FAST * evidence
    moves[LEAGUE["edge_home"]] = HOME_STEP * surprise
    moves[LEAGUE["shots"]], moves[LEAGUE["shot_sides"]] = day.shots, day.shot_sides


FEWEST_SIDES = 100.0


def season_means(league: Floats) -> Floats:
    """float64 [3, m]: on target, off target and corners a side in the season that ``league`` ends.

    The means of the season before where too few were counted.
    """
    sides = league[LEAGUE["shot_sides"]]
    enough = sides >= FEWEST_SIDES
    mean = league[LEAGUE["shots"]] / np.where(enough, sides, 1.0)
    means: Floats = np.where(enough, mean, league[LEAGUE["shots_before"]])
    return means

"""What is at stake near the end of a season: how much more one side needs the points than the other.

Every team looks at four lines of its table: the title, the fourth and the sixth place, and the last
place that is safe. A line pulls the more the nearer it is in points and the fewer matches remain;
a team that no line can concern any more is *dead*. Closing prices know all this, so a strength that
learns from them has to know it too, or the odd prices of last days spoil it.
Constants: as those of ``strength``; for the big five only, whose lines these are. Taken for all leagues,
or for all first divisions, they cost .00005 KL(close‖forecast) over 2019/20 to 2021/22.
"""

from __future__ import annotations

import numpy as np

from sabiscore.domain.league import BIG_FIVE, LEAGUES
from sabiscore.features.state import LEAGUE, STANDING_POINTS, TEAM, standing
from sabiscore.history import Floats

LAST_MATCHES = 20.0
"""With more to play the weight is under .007, and early on not every team need have played."""
FEWEST_MEMBERS, FEWEST_PLAYED = 7, 10.0
POINTS_A_MATCH = 1.75
REACH, REACH_SLACK = 3.0, 0.5
WEIGHT_MATCHES = 4.0
PULL = np.array([(0.0, 0.10, -0.05, 0.44), (0.18 / 1.994, 0.05 / 1.994, -0.07 / 1.994, 0.51 / 1.994)])
"""The edge of a line's pull on home alone: as the market's filter sees it, then that of performance."""
DEAD = np.array([-0.82, -0.77 / 1.994])

_LINES = np.array([[1], [4], [6]])
_FROM_BELOW = 3
_HAS_LINES = np.array([league in BIG_FIVE for league in LEAGUES])


def stakes(teams: Floats, league: Floats) -> Floats:
    """float64 [2 kinds, m]: what stakes add to each kind's edge of the matches of ``teams``, 0 early on."""
    out = np.zeros((2, teams.shape[-1]))
    played = teams[TEAM["season_played"].start]
    members = league[LEAGUE["members"].start]
    first = np.maximum(2.0 * (members - 1.0) - LAST_MATCHES, FEWEST_PLAYED)
    has_lines = _HAS_LINES[teams[TEAM["league"].start, 0].astype(np.int64)] & (members >= FEWEST_MEMBERS)
    late = np.flatnonzero((np.minimum(played[0], played[1]) >= first) & has_lines)
    if len(late):
        out[:, late] = _late_stakes(standing(teams[..., late]), played[:, late], league[:, late])
    return out


def _late_stakes(own: Floats, played: Floats, league: Floats) -> Floats:
    """float64 [2 kinds, m]; ``own`` [2, m] is each side's standing."""
    members = league[LEAGUE["members"].start]
    remaining = np.maximum(2.0 * (members - 1.0) - played, 1.0)
    away_from = _points_from_lines(own, league[LEAGUE["table"]], members)
    near = np.exp(away_from**2 / (-2.0 * POINTS_A_MATCH**2 * remaining))
    near *= np.abs(away_from) <= REACH * remaining + REACH_SLACK
    pull = near / np.sqrt(remaining)
    dead = 1.0 - near.max(axis=0)
    weight = np.exp((remaining[0] + remaining[1]) / (-2.0 * WEIGHT_MATCHES))
    gap = pull[:, 0] - pull[:, 1]
    rows = [(PULL[kind][:, None] * gap).sum(axis=0) + DEAD[kind] * (dead[0] - dead[1]) for kind in (0, 1)]
    total: Floats = weight * np.stack(rows)
    return total


def _points_from_lines(own: Floats, table: Floats, members: Floats) -> Floats:
    """float64 [lines, 2, m]: points, and goal difference in thousandths, from the rival at each line.

    Whoever is at a line or above looks at the team below it, everybody else at the team on it.
    """
    ranked, match = -np.sort(-table, axis=0), np.arange(table.shape[1])
    last_safe = members.astype(np.int64)[None] - _FROM_BELOW
    lines = np.concatenate([np.broadcast_to(_LINES, (len(_LINES), len(match))), last_safe])
    on, below = ranked[lines - 1, match][:, None], ranked[lines, match][:, None]
    away_from: Floats = _points(own) - _points(np.where(own >= on, below, on))
    return away_from


def _points(standings: Floats) -> Floats:
    points: Floats = np.floor(standings / (STANDING_POINTS / 1e3)) / 1e3
    return points

"""One match day's results applied to the states: how every rating learns.

Works on the gathered columns of the day's teams, ``teams`` [TEAM_ROWS, 2, n] with home before away,
and of their leagues, ``league`` [LEAGUE_ROWS, n]; a team is there once.
"""

from __future__ import annotations

import numpy as np

from sabiscore.features import openness, strength, totals
from sabiscore.features.match_states import MatchStates
from sabiscore.features.observe import MatchSignals
from sabiscore.features.state import FORM, FORM_HALF_LIVES, LEAGUE, RECENT, SPEEDS, TEAM, VENUE_HALF_LIFE
from sabiscore.history import Floats

ELO_SCALE = 400.0 / np.log(10.0)
ELO_STEP = np.array([8.0, 28.0])[:, None, None] * SPEEDS
"""Step on results, then on expected goals, at each speed."""

HOME_STEP, HOME_RATE_STEP, HOME_SHARE_STEP = 0.2, 0.002, 0.005
RATE_STEP = np.array([0.016, 0.03])[:, None, None, None] * SPEEDS[:, :, None]
RESIDUAL_LIMIT = 2.5
SURPLUS_KEEP = np.array([0.5 ** (1 / 4), 0.5 ** (1 / 12)])[:, None, None]
KEEP = 0.5 ** (1 / 20)
FORM_LEARN = np.array([1.0 - 0.5 ** (1.0 / half_life) for half_life in FORM_HALF_LIVES])[:, None, None, None]
VENUE_LEARN = 1.0 - 0.5 ** (1.0 / VENUE_HALF_LIFE)
MID = 1
ON_XG = 1


def apply_results(teams: Floats, before: MatchStates, day: MatchSignals, number: float) -> Floats:
    """Let ``teams``, in place, learn from ``day``; return what the leagues learn, [rows before season, n].

    ``before`` is what was known of the matches, ``number`` the day's number, remembered as each
    team's last match day.
    """
    league = before.league
    moves = np.zeros((LEAGUE["season"].start, league.shape[1]))
    _elo(teams, league, day, moves)
    _rates(teams, league, day, moves)
    _market_move(teams, day)
    strength.learn(teams, league, before.stakes, day, moves)
    openness.learn(teams, league, day, moves)
    totals.learn(teams, league, day, moves)
    _form(teams, day)
    _season(teams, day)
    teams[TEAM["seen"]] += day.seen
    recent = teams[TEAM["recent"]]
    recent[1:RECENT] = recent[: RECENT - 1].copy()
    recent[0] = number
    home_won = day.score[0] == 1.0
    moves[LEAGUE["home_share"]] = HOME_SHARE_STEP * day.rated * (home_won - league[LEAGUE["home_share"]])
    return moves


def expected_score(difference: Floats) -> Floats:
    """The home side's expected score (win 1, draw ½) at a rating ``difference`` in Elo points.

    ``difference`` float64 [m]; gives float64 [m] from 0 to 1.
    """
    score: Floats = 1.0 / (1.0 + np.exp(difference / -ELO_SCALE))
    return score


def _elo(teams: Floats, league: Floats, day: MatchSignals, moves: Floats) -> None:
    elo = teams[TEAM["elo"]].reshape(2, len(SPEEDS), 2, -1)
    difference = elo[:, :, 0] - elo[:, :, 1] + league[LEAGUE["elo_home"]][:, None]
    error = day.score[:, None] - expected_score(difference)
    move = ELO_STEP * day.weight[:, None] * error
    elo[:, :, 0] += move
    elo[:, :, 1] -= move
    surprise = day.rated * error[:, MID]
    moves[LEAGUE["elo_home"]] = HOME_STEP * surprise
    boost = teams[TEAM["boost"]]
    boost[0, 0] = KEEP * boost[0, 0] + (1.0 - KEEP) * surprise[0]
    boost[1, 1] = KEEP * boost[1, 1] - (1.0 - KEEP) * surprise[0]


def _rates(teams: Floats, league: Floats, day: MatchSignals, moves: Floats) -> None:
    """Log-linear Poisson rates, each moved along the gradient of its likelihood."""
    attack = teams[TEAM["attack"]].reshape(2, len(SPEEDS), 2, -1)
    defence = teams[TEAM["defence"]].reshape(2, len(SPEEDS), 2, -1)
    log_rate = league[LEAGUE["mean"]][:, None, None] + attack - defence[:, :, ::-1]
    log_rate[:, :, 0] += league[LEAGUE["home"]][:, None]
    error = day.rated * np.clip(day.scored[:, None] - np.exp(log_rate), -RESIDUAL_LIMIT, RESIDUAL_LIMIT)
    move = RATE_STEP * error
    attack += move
    defence -= move[:, :, ::-1]
    seen = error[:, MID]
    moves[LEAGUE["mean"]] = 0.5 * HOME_RATE_STEP * (seen[:, 0] + seen[:, 1])
    moves[LEAGUE["home"]] = HOME_RATE_STEP * (seen[:, 0] - seen[:, 1])
    surplus = teams[TEAM["surplus"]]
    surplus[0:2] = SURPLUS_KEEP * surplus[0:2] + (1.0 - SURPLUS_KEEP) * seen[ON_XG]
    surplus[2:4] = SURPLUS_KEEP * surplus[2:4] - (1.0 - SURPLUS_KEEP) * seen[ON_XG, ::-1]
    luck = teams[TEAM["luck"]]
    luck += (1.0 - KEEP) * (day.luck - luck)


def _market_move(teams: Floats, day: MatchSignals) -> None:
    drift = teams[TEAM["market_move"]]
    drift[0, 0] = KEEP * drift[0, 0] + (1.0 - KEEP) * day.move
    drift[0, 1] = KEEP * drift[0, 1] - (1.0 - KEEP) * day.move


def _form(teams: Floats, day: MatchSignals) -> None:
    form = teams[TEAM["form"]].reshape(len(FORM_HALF_LIVES), len(FORM), 2, -1)
    form += FORM_LEARN * day.form_known * (day.form - form)
    venue = teams[TEAM["form_venue"]].reshape(2, len(FORM), 2, -1)
    for side in (0, 1):
        at_venue = venue[side, :, side]
        at_venue += VENUE_LEARN * day.form_known[:, side] * (day.form[:, side] - at_venue)


def _season(teams: Floats, day: MatchSignals) -> None:
    streaks = teams[TEAM["streaks"]]
    streaks += 1.0
    streaks *= day.streaks
    so_far = teams[TEAM["points"].start : TEAM["season_played"].stop]
    so_far += day.season

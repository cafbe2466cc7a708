"""Goals as two Poisson rates: what the rates say of the result, and the rates that a result implies.

Column-wise numpy: every function maps arrays [m] to arrays [m] element by element with a fixed
number of steps, so that a row alone gives the same bits as the same row in a batch.
"""

from __future__ import annotations

import numpy as np

from sabiscore.domain.scoreline import RHO
from sabiscore.history import Floats

MOST_GOALS = 10
"""Scores are summed up to this many goals a side; the tail beyond is under 1e-4 at a rate of 3."""

NEWTON_STEPS = 6
"""Four are enough between 0.3 and 3.5 goals, six for the most lopsided prices."""


def outcome(home_rate: Floats, away_rate: Floats) -> tuple[Floats, Floats, Floats]:
    """(p_home, p_draw, p_away) of Dixon–Coles goals with these rates, normalised to sum 1.

    Rates are goals a match, float64 [m]; each probability is float64 [m].
    """
    rates = np.array([home_rate, away_rate]).reshape(2, -1)
    chance = np.exp(-rates)
    fewer = chance.copy()
    draw = chance[0] * chance[1]
    moved = RHO * draw * rates[0] * rates[1]
    ahead = np.zeros_like(rates)
    for goals in range(1, MOST_GOALS + 1):
        chance *= rates / goals
        ahead += chance * fewer[::-1]
        draw += chance[0] * chance[1]
        fewer += chance
    # τ moves mass between 0-0, 1-1 (draws) and 1-0, 0-1; written out from eq. 4.2.
    ahead += moved
    draw -= 2.0 * moved
    total = ahead[0] + draw + ahead[1]
    shape = home_rate.shape
    return (ahead[0] / total).reshape(shape), (draw / total).reshape(shape), (ahead[1] / total).reshape(shape)


def implied_rates(p_home: Floats, p_draw: Floats, p_away: Floats) -> tuple[Floats, Floats]:
    """The (home, away) rates whose ``outcome`` has these log-ratios, by damped Newton steps.

    Rates are kept within 0.15 and 5 goals; NaN in gives NaN out.

    Probabilities are float64 [m], any scale; rates float64 [m], goals a match.
    """
    home_wanted = np.log(p_home / p_draw)
    away_wanted = np.log(p_away / p_draw)
    supremacy = 0.40 * (home_wanted - away_wanted)
    log_home = 0.25 + 0.5 * supremacy
    log_away = 0.25 - 0.5 * supremacy
    step = 1e-4
    for _ in range(NEWTON_STEPS):
        home_error, away_error = _ratio_errors(log_home, log_away, home_wanted, away_wanted)
        home_by_home, away_by_home = _ratio_errors(log_home + step, log_away, home_wanted, away_wanted)
        home_by_away, away_by_away = _ratio_errors(log_home, log_away + step, home_wanted, away_wanted)
        a, b = (home_by_home - home_error) / step, (home_by_away - home_error) / step
        c, d = (away_by_home - away_error) / step, (away_by_away - away_error) / step
        determinant = a * d - b * c
        move_home = (d * home_error - b * away_error) / determinant
        move_away = (a * away_error - c * home_error) / determinant
        log_home = np.clip(log_home - np.clip(move_home, -0.7, 0.7), -1.9, 1.6)
        log_away = np.clip(log_away - np.clip(move_away, -0.7, 0.7), -1.9, 1.6)
    return np.exp(log_home), np.exp(log_away)


def _ratio_errors(
    log_home: Floats, log_away: Floats, home_wanted: Floats, away_wanted: Floats
) -> tuple[Floats, Floats]:
    p_home, p_draw, p_away = outcome(np.exp(log_home), np.exp(log_away))
    return np.log(p_home / p_draw) - home_wanted, np.log(p_away / p_draw) - away_wanted

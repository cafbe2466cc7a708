"""What played matches tell, as columns: everything an update needs that depends on no state."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sabiscore.domain.match import STATISTICS
from sabiscore.features import market
from sabiscore.features.poisson import implied_rates
from sabiscore.features.state import FORM, SEEN_ALL, SEEN_AWAY, SEEN_HOME, SEEN_MARKET, SEEN_SHOTS
from sabiscore.history import Floats, History

XG_ON_TARGET, XG_OFF_TARGET, XG_CORNER = 0.29, 0.035, 0.015
"""A proxy of expected goals where there is no measured one, from shots on and off target and corners."""

XG_SHARE = 0.7
"""Weight of expected goals against goals in what the xG rates learn from."""


@dataclass(frozen=True, slots=True)
class MatchSignals:
    """m played matches as float64 rows; an axis of 2 is home, away.

    ``goals`` [2, m] · ``scored`` [2, 2, m] goals, then the xG mix · ``score`` [2, m] the home side's
    score by result, then by xG · ``weight`` [2, m] of those two scores in the Elo ratings ·
    ``form`` and ``form_known`` [len(FORM), 2, m] · ``luck`` [2, 2, m] goals above xG, for and against ·
    ``edge`` [m] is the fair closing log-odds home/away, 0 where unknown · ``market_rates`` [2, m] the
    log goal rates that it implies · ``move`` [m] how far it went since the early price · ``priced``
    and ``rated`` [m] are 1 or 0 · ``seen`` [5, 2, m] adds to the counts of matches seen ·
    ``streaks`` [5, 2, m] is 1 where a run goes on · ``season`` [4, 2, m] adds to the season's points,
    goal difference, goals and matches.
    """

    goals: Floats
    scored: Floats
    score: Floats
    weight: Floats
    form: Floats
    form_known: Floats
    luck: Floats
    edge: Floats
    market_rates: Floats
    move: Floats
    priced: Floats
    rated: Floats
    seen: Floats
    streaks: Floats
    season: Floats

    def columns(self, rows: slice) -> MatchSignals:
        """The observations of the matches at ``rows``."""
        return MatchSignals(*(getattr(self, name)[..., rows] for name in _FIELDS))


_FIELDS = tuple(column.name for column in fields(MatchSignals))


def observe(history: History) -> MatchSignals:
    """What the matches of ``history``, all played, tell."""
    goals = np.ascontiguousarray(history.goals.T, dtype=np.float64)
    rated = history.rated.astype(np.float64)
    xg = _expected_goals(history)
    lead = goals[0] - goals[1]
    xg_lead = np.where(np.isnan(xg[0]), 0.5 * lead, xg[0] - xg[1])
    result = np.where(lead > 0, 1.0, np.where(lead < 0, 0.0, 0.5))
    by_xg = 1.0 / (1.0 + np.exp(-1.35 * (0.75 * xg_lead + 0.25 * lead)))
    mix = np.where(np.isnan(xg), goals, XG_SHARE * xg + (1.0 - XG_SHARE) * goals)
    luck = np.where(np.isnan(xg), 0.0, goals - xg) * rated
    points, streaks = _points(goals), _streaks(goals)
    form = _form(history, points, goals, xg)
    known = rated * ~np.isnan(form)
    edge, market_rates, move = _market(history)
    priced = (~np.isnan(edge)).astype(np.float64)
    seen = np.zeros((5, 2, len(history)))
    seen[SEEN_ALL] = seen[SEEN_HOME, 0] = seen[SEEN_AWAY, 1] = 1.0
    seen[SEEN_SHOTS], seen[SEEN_MARKET] = known[FORM.index("shots")], priced
    return MatchSignals(
        goals=goals,
        scored=np.stack([goals, mix]),
        score=np.stack([result, by_xg]),
        weight=np.stack([rated * (1.0 + np.abs(lead)) ** 0.6, rated]),
        form=np.nan_to_num(form),
        form_known=known,
        luck=np.stack([luck, luck[::-1]]),
        edge=np.nan_to_num(edge),
        market_rates=np.nan_to_num(market_rates),
        move=np.nan_to_num(move),
        priced=priced,
        rated=rated,
        seen=seen,
        streaks=streaks,
        season=np.stack([points, goals - goals[::-1], goals, np.ones_like(goals)]),
    )


def _points(goals: Floats) -> Floats:
    lead = goals - goals[::-1]
    return np.where(lead > 0, 3.0, np.where(lead < 0, 0.0, 1.0))


def _streaks(goals: Floats) -> Floats:
    lead = goals - goals[::-1]
    runs = np.stack([lead > 0, lead >= 0, lead <= 0, goals == 0, goals[::-1] == 0])
    return runs.astype(np.float64)


def _statistic(history: History, name: str) -> Floats:
    return np.ascontiguousarray(history.statistics[:, STATISTICS.index(name)].T, dtype=np.float64)


def _expected_goals(history: History) -> Floats:
    """float64 [2, m]: measured xG, else the proxy from shots; NaN where there are no shots either."""
    measured, shots, on_target = (_statistic(history, name) for name in ("xg", "shots", "on_target"))
    corners = _statistic(history, "corners")
    proxy = (
        XG_ON_TARGET * on_target
        + XG_OFF_TARGET * np.maximum(shots - on_target, 0.0)
        + XG_CORNER * np.where(np.isnan(corners), 5.0, corners)
    )
    return np.where(np.isnan(measured), proxy, measured)


def _form(history: History, points: Floats, goals: Floats, xg: Floats) -> Floats:
    """float64 [len(FORM), 2, m] in the order of FORM."""
    rows = [points]
    for measured in (goals, *(_statistic(history, name) for name in ("shots", "on_target", "corners")), xg):
        rows += [measured, measured[::-1]]
    cards = _statistic(history, "yellows") + 2.0 * _statistic(history, "reds")
    return np.stack([*rows, cards])


def _market(history: History) -> tuple[Floats, Floats, Floats]:
    """(log-odds home/away, log rates [2, m], move since the early price) of the last known prices."""
    early = market.book_odds(history, market.PRE)
    closing = market.fair(market.last_known(early, market.book_odds(history, market.CLOSE)))
    first = market.fair(market.consensus(early, market.singles(early)))
    edge = np.log(closing[0] / closing[2])
    return edge, np.log(np.stack(implied_rates(*closing))), edge - np.log(first[0] / first[2])

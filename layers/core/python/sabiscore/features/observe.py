"""What played matches tell, as columns: everything an update needs that depends on no state."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sabiscore.domain.match import STATISTICS
from sabiscore.features import market, openness, totals
from sabiscore.features.poisson import implied_rates
from sabiscore.features.state import FORM, SEEN_ALL, SEEN_AWAY, SEEN_HOME, SEEN_MARKET, SEEN_SHOTS
from sabiscore.history import Floats, History

XG_ON_TARGET, XG_OFF_TARGET, XG_CORNER = 0.29, 0.035, 0.015
"""A proxy of expected goals where there is no measured one, from shots on and off target and corners."""

XG_SHARE = 0.7
"""Weight of expected goals against goals in what the xG rates learn from."""

LEAD_POWER = 0.75
LEAD_ALONE, LEAD_WITH_SHOTS, LEAD_WITH_XG = 0.54, 0.45, 0.30
SHOT_WEIGHTS, SHOTS_WITH_XG = np.array([0.34, 0.13, 0.24])[:, None], 0.60
XG_LEAD = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSignals:
    """m played matches as float64 rows; an axis of 2 is home, away.

    ``goals`` [2, m] · ``scored`` [2, 2, m] goals, then the xG mix · ``score`` [2, m] the home side's
    score by result, then by xG · ``weight`` [2, m] of those two scores in the Elo ratings ·
    ``form`` and ``form_known`` [len(FORM), 2, m] · ``luck`` [2, 2, m] goals above xG, for and against ·
    ``edge`` [m] is the fair closing log-odds home/away and ``level`` [m] the mean log-ratio of both to
    the draw, 0 where unknown · ``move`` [m] how far the edge went since the early price · ``priced`` and
    ``rated`` [m] are 1 or 0, ``known`` [2, m] both · ``lead`` [m] and ``shot_gaps`` [3, m] make a
    performance: what goals weigh, and what on target, off target and corners weigh over a league's
    means · ``shots`` and ``shot_sides`` [3, m] add to those means · ``open_play`` [m] is what goals
    beyond the price say of draws · ``over`` [m] is the last known log-odds of
    three goals or more, 0 where unknown, ``totalled`` [m] 1 where known, ``goals_beyond`` [m] what goals
    beyond that price add to it · ``seen`` [5, 2, m] adds to the counts of matches seen ·
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
    level: Floats
    move: Floats
    priced: Floats
    rated: Floats
    known: Floats
    lead: Floats
    shot_gaps: Floats
    shots: Floats
    shot_sides: Floats
    open_play: Floats
    over: Floats
    totalled: Floats
    goals_beyond: Floats
    seen: Floats
    streaks: Floats
    season: Floats

    def columns(self, rows: slice) -> MatchSignals:
        """The observations of the matches at ``rows``."""
        return MatchSignals(**{name: getattr(self, name)[..., rows] for name in _FIELDS})


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
    edge, level, priced_goals, move = _market(history)
    lead_part, shot_gaps, shots, shot_sides = _performance(history, lead, rated)
    scored, chances = goals[0] + goals[1], xg[0] + xg[1]
    open_play = openness.goals_beyond_price(scored, chances, priced_goals)
    priced = (~np.isnan(edge)).astype(np.float64)
    over = _over(history)
    totalled = priced * ~np.isnan(over)
    goals_beyond = totals.goals_beyond_price(scored, chances, over)
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
        level=np.nan_to_num(level),
        move=np.nan_to_num(move),
        priced=priced,
        rated=rated,
        known=np.stack([priced, rated]),
        lead=lead_part,
        shot_gaps=shot_gaps,
        shots=shots,
        shot_sides=shot_sides,
        open_play=priced * rated * open_play,
        over=np.nan_to_num(over),
        totalled=totalled,
        goals_beyond=totalled * rated * goals_beyond,
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


def _performance(history: History, lead: Floats, rated: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """(lead [m], shot gaps, shots of both sides, sides counted [3, m]): the parts of a performance.

    Fitted on closing edges up to 2015/16: what a lead and what chances are worth beside one another.
    Measured expected goals take their share from both.
    """
    shots, on_target, corners = (_statistic(history, name) for name in ("shots", "on_target", "corners"))
    measured = _statistic(history, "xg")
    counts = np.stack([on_target, np.maximum(shots - on_target, 0.0), corners])
    both = counts[:, 0] + counts[:, 1]
    sides = 2.0 * rated * ~np.isnan(both)
    gaps = counts[:, 0] - counts[:, 1]
    shots_known = ~np.isnan(gaps[0] + gaps[1])
    xg_known = shots_known & ~np.isnan(measured[0] + measured[1])
    goals = np.sign(lead) * np.abs(lead) ** LEAD_POWER
    weight = np.where(xg_known, LEAD_WITH_XG, np.where(shots_known, LEAD_WITH_SHOTS, LEAD_ALONE))
    share = np.where(xg_known, SHOTS_WITH_XG, shots_known)
    xg_part = np.where(xg_known, XG_LEAD * (measured[0] - measured[1]), 0.0)
    return (
        weight * goals + xg_part,
        share * SHOT_WEIGHTS * np.nan_to_num(gaps),
        rated * np.nan_to_num(both),
        sides,
    )


def _market(history: History) -> tuple[Floats, Floats, Floats, Floats]:
    """(edge, level, goals a match, the edge's move since the early price) of the last known prices."""
    early = market.book_odds(history, market.PRE)
    fair_early = market.fair(market.consensus(early, market.singles(early)))
    first = np.log(fair_early[::2] / fair_early[1])
    closing = market.fair_close(market.book_odds(history, market.CLOSE))
    last = np.where(np.isnan(closing), first, closing)
    home_rate, away_rate = implied_rates(*market.from_ratios(last))
    edge = last[0] - last[1]
    return edge, 0.5 * (last[0] + last[1]), home_rate + away_rate, edge - (first[0] - first[1])


def _over(history: History) -> Floats:
    """float64 [m]: the log-odds of three goals or more by the last known prices; NaN where there are none."""
    closing = market.over_odds(history, market.CLOSE)
    return np.where(np.isnan(closing), market.over_odds(history, market.PRE), closing)

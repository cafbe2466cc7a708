"""The filter of totals beside its recipe, match by match in plain Python, and what it makes of prices."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import pytest

from sabiscore.domain.match import LINE_BOOKS
from sabiscore.features import market, vector
from sabiscore.features.observe import observe
from sabiscore.features.replay import replay
from sabiscore.features.state import TEAM
from sabiscore.features.totals import goals_of, over_of
from sabiscore.history import History
from tests.support.histories import made_up

FADE, DRIFT, SUMMER, NEW, NOISE, LIMIT, LEAGUE_STEP, UNEVEN = (
    300,
    1.2e-4,
    0.0134,
    0.02,
    0.012,
    2.0,
    0.02,
    0.086,
)


@dataclass(kw_only=True)
class Team:
    """What a team adds to the log-odds of three goals or more, and the variance of that."""

    over: float = 0.0
    variance: float = NEW
    day: int | None = None
    season: int | None = None
    league: int = -1

    def come_to(self, day: int, season: int, league: int) -> None:
        if self.day is not None:
            self.over *= math.exp(-min(day - self.day, 120) / FADE)
            if self.season == season:
                self.variance += DRIFT * min(day - self.day, 30)
            elif self.league == league:
                self.variance += SUMMER
            else:
                self.over, self.variance = 0.0, NEW
        self.day, self.season, self.league = day, season, league


def recipe(history: History) -> dict[str, Team]:
    """The filter, a whole day at a time; what a match tells of itself is taken from ``observe``."""
    seen, teams, level = observe(history), defaultdict(Team), defaultdict(float)
    for day in np.unique(history.day):
        steps: dict[int, float] = defaultdict(float)
        for row in np.flatnonzero(history.day == day):
            league = int(history.league[row])
            pair = [teams[history.teams[side[row]]] for side in (history.home, history.away)]
            for team in pair:
                team.come_to(int(day), int(history.season[row]), league)
            if not seen.totalled[row]:
                continue
            spread = pair[0].variance + pair[1].variance + NOISE
            surprise = seen.over[row] - level[league] - pair[0].over - pair[1].over
            surprise -= UNEVEN * seen.edge[row] ** 2
            surprise = math.copysign(min(abs(surprise), LIMIT * math.sqrt(spread)), surprise)
            for team in pair:
                gain = team.variance / spread
                team.over += gain * surprise + seen.goals_beyond[row]
                team.variance -= gain * team.variance
            steps[league] += LEAGUE_STEP * surprise
        for league, step in steps.items():
            level[league] += step
    return teams


def test_the_filter_follows_its_recipe() -> None:
    history = made_up().in_order()
    state, teams = replay(history).state, recipe(history)
    for name, column in state.column.items():
        over, variance = state.team[TEAM["over"].start : TEAM["over_variance"].stop, column]
        assert (over, variance) == pytest.approx((teams[name].over, teams[name].variance), abs=1e-12)


def test_goals_and_their_log_odds_are_inverse() -> None:
    goals = np.array([0.4, 1.5, 2.7, 4.0, 7.5])
    assert goals_of(over_of(goals)) == pytest.approx(goals)
    under = np.exp(-goals) * (1 + goals + goals**2 / 2)
    assert over_of(goals) == pytest.approx(np.log((1 - under) / under))
    assert np.isnan(goals_of(np.array([np.nan]))).all()


def with_totals(history: History, over: float, under: float) -> History:
    """The same matches, all with these odds of three goals or more and of fewer, early and at the close."""
    totals = np.full_like(history.totals, np.nan)
    totals[:, :, LINE_BOOKS.index("avg")] = over, under
    return replace(history, totals=totals)


def test_what_past_prices_say_of_totals_is_what_comes_to_be_expected() -> None:
    history = made_up(3, ("E0",))
    expected = vector.INDEX["market_past.over"]
    many, few = (
        replay(with_totals(history, *odds)).vectors[-20:, expected] for odds in ((1.5, 2.6), (2.6, 1.5))
    )
    assert (many - few > 0.8).all()


def test_a_price_of_totals_is_shown_as_itself_and_as_how_far_it_is_off() -> None:
    history = with_totals(made_up(2, ("E0",)), 1.9, 1.9)
    X = replay(history).vectors[-30:]
    columns = [vector.INDEX[f"market_{name}"] for name in ("now.over", "now.over_gap", "past.over")]
    over, gap, past = X[~np.isnan(X[:, columns]).any(axis=1)][:, columns].T
    assert len(over) > 10
    assert over == pytest.approx(np.zeros(len(over)), abs=1e-6)
    assert gap == pytest.approx(-past, abs=1e-6)


def test_the_average_price_counts_before_that_of_single_books() -> None:
    history = made_up(1, ("E0",))
    totals = np.full_like(history.totals, np.nan)
    totals[:, market.PRE, LINE_BOOKS.index("b365")] = 2.2, 1.7
    totals[::2, market.PRE, LINE_BOOKS.index("avg")] = 1.9, 1.9
    priced = replace(history, totals=totals)
    over = market.over_odds(priced, market.PRE)
    assert over[::2] == pytest.approx(np.zeros(len(over[::2])), abs=1e-9)
    assert over[1::2] == pytest.approx(np.full(len(over[1::2]), np.log(1.7 / 2.2)))
    assert np.isnan(market.over_odds(priced, market.CLOSE)).all()
    fair = market.fair_over(priced, market.PRE)
    assert fair[::2] == pytest.approx(np.zeros(len(fair[::2])), abs=1e-9)
    assert np.isnan(fair[1::2]).all()

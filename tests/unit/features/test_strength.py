"""The filters beside the recipe, match by match in plain Python, and the laws that they keep."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pytest

from sabiscore.domain.league import LEAGUES
from sabiscore.features import market, strength, vector
from sabiscore.features.replay import replay
from sabiscore.features.state import MARKET, TEAM
from sabiscore.history import History
from tests.support.histories import made_up

TAU, F, DRIFT, EARLY, SUMMER, FALL, NOISE, LIMIT = 100, 0.087, 1.4e-4, 0.0067, 0.06, 0.75, 0.10, 1.75
HOME_STEP, VENUE_STEP, VENUE_KEEP = 0.008, 0.0064, 0.994


@dataclass(kw_only=True)
class Team:
    """A team of the market's filter: mean and covariance of (slow, fast)."""

    mean: np.ndarray = field(default_factory=lambda: np.array([-0.4, 0.0]))
    cov: np.ndarray = field(default_factory=lambda: np.diag([0.3, F]))
    venue: float = 0.0
    day: int | None = None
    season: int | None = None
    league: int = -1
    played: int = 0

    def come_to(self, day: int, season: int, league: int) -> None:
        gap = min(day - self.day, 120) if self.day is not None else 0
        fade = math.exp(-gap / TAU)
        if self.season is not None and self.season != season:
            self.mean[0] -= FALL * (LEAGUES[self.league].tier - LEAGUES[league].tier)
            self.cov[0, 0] += SUMMER
            fade = 0.0
        elif self.day is not None:
            self.cov[0, 0] += DRIFT * min(gap, 30) + EARLY * math.exp(-(self.played - 1) / 7)
        step = np.diag([1.0, fade])
        self.mean = step @ self.mean
        self.cov = step @ self.cov @ step + np.diag([0.0, F * (1 - fade**2)])
        if self.season != season:
            self.played = 0
        self.day, self.season, self.league = day, season, league
        self.played += 1


def recipe(history: History) -> dict[str, Team]:
    """The market's filter without results and stakes, a whole day at a time."""
    early = market.fair(market.book_odds(history, market.PRE)[market.AVERAGE])
    ratios = market.fair_close(market.book_odds(history, market.CLOSE))
    edge = ratios[0] - ratios[1]
    edge = np.where(np.isnan(edge), np.log(early[0] / early[2]), edge)
    teams: dict[str, Team] = defaultdict(Team)
    advantage: dict[int, float] = defaultdict(lambda: 0.45)
    for day in np.unique(history.day):
        moved: dict[int, float] = defaultdict(float)
        for row in np.flatnonzero(history.day == day):
            league, sides = int(history.league[row]), (history.home[row], history.away[row])
            home, away = (teams[history.teams[side]] for side in sides)
            for team in (home, away):
                team.come_to(int(day), int(history.season[row]), league)
            if np.isnan(edge[row]):
                continue
            ones = np.ones(2)
            variance = ones @ home.cov @ ones + ones @ away.cov @ ones + NOISE
            wanted = (home.mean - away.mean).sum() + advantage[league] + home.venue + away.venue
            most = LIMIT * math.sqrt(variance)
            surprise = min(max(edge[row] - wanted, -most), most)
            for team, sign in ((home, 1), (away, -1)):
                gain = team.cov @ ones / variance
                team.mean = team.mean + sign * gain * surprise
                team.cov = team.cov - np.outer(gain, gain) * variance
                team.venue = VENUE_KEEP * (team.venue + VENUE_STEP * surprise)
            moved[league] += HOME_STEP * surprise
        for league, step in moved.items():
            advantage[league] += step
    return teams


def test_the_market_filter_is_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strength, "RESULT_ON_SLOW", 0.0)
    monkeypatch.setattr(strength, "RESULT_ON_FAST", 0.0)
    monkeypatch.setattr(
        "sabiscore.features.match_states.stakes", lambda teams, _: np.zeros((2, teams.shape[-1]))
    )
    history = made_up(3)
    history.odds[:, 0, 2:] = np.nan  # the early consensus is then the average
    wanted, state = recipe(history), replay(history).state
    for name, team in wanted.items():
        rows = strength.parts(state.team[:, [state.column[name]] * 2])[:, MARKET, 0, 0]
        cov = team.cov[0, 0], team.cov[0, 1], team.cov[1, 1]
        assert rows == pytest.approx([*team.mean, *cov, team.venue], abs=1e-9), name


def test_variances_stay_positive_and_performance_learns_from_shots() -> None:
    state = replay(made_up(3)).state
    seen = state.team[TEAM["seen"].start] > 0
    assert (strength.variances(np.repeat(state.team[:, None], 2, axis=1))[:, 0, seen] > 0).all()
    blind = made_up(3)
    blind.statistics[:, 1:] = np.nan
    other = replay(blind).state
    slow = TEAM["slow"].stop - 1
    assert np.abs(other.team[slow] - state.team[slow]).max() > 0.01


def test_measured_expected_goals_count_where_there_are_any() -> None:
    history = made_up(2)
    plain = replay(history).vectors[:, vector.INDEX["ratings.edge"]]
    measured = made_up(2)
    measured.statistics[:, 7] = 1.0
    measured.statistics[:, 7, 0] = 3.0
    assert (replay(measured).vectors[-1, vector.INDEX["ratings.edge"]] - plain[-1]) != 0.0


def test_a_promoted_team_falls_and_a_relegated_one_rises() -> None:
    history = made_up(2, ("E0", "E1"))
    first = history.take(history.season == 2014)
    state = replay(first).state
    second = history.take(history.season == 2015)
    place = vector.INDEX["table.promoted_gap"]
    X = replay(second, since=state).vectors
    promoted = {f"e1-{i}" for i in (6, 7)}
    epl = second.league == 0
    expected = [
        (second.teams[h] in promoted) * 1.0 - (second.teams[a] in promoted)
        for h, a in zip(second.home[epl], second.away[epl], strict=True)
    ]
    assert X[epl, place].tolist() == expected

"""All that a match's vector is computed from, with what several groups of features need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import BOOKS
from sabiscore.features import market, openness, strength, totals
from sabiscore.features.match_states import MatchStates
from sabiscore.features.openness import outcome_ratios
from sabiscore.features.poisson import outcome
from sabiscore.features.state import LEAGUE, MARKET, PERFORMANCE, SEEN_MARKET, TEAM
from sabiscore.history import Floats, History

BOOKS_SEEN = ("max", "b365", "ps", "bfe")
"""Books whose own prices are features; the others count in the consensus and the disagreement."""

_SEEN = [BOOKS.index(book) for book in BOOKS_SEEN]

FEWEST_UNDER_WAY = 4
START_ROUNDS, LATE_FROM = 3.0, 0.85

SPEED_NAMES = ("slow", "mid", "fast")
MID = 1
GOALS, XG = range(2)
"""The kinds of goal rates: learnt from goals, from expected goals."""


@dataclass(frozen=True, slots=True)
class SeasonPart:
    """How far into the season a match is: ``under_way`` [m], ``progress`` [m] (NaN before), and two weights
    [m], ``start`` that fades in the first rounds and ``late`` that grows to 1 over the last 15%."""

    under_way: npt.NDArray[np.bool_]
    rounds: Floats
    progress: Floats
    start: Floats
    late: Floats


def season_part(teams: Floats, league: Floats, season: Floats) -> SeasonPart:
    """Where in its season each match of ``teams`` [TEAM_ROWS, 2, m] is."""
    members = league[LEAGUE["members"].start]
    under_way = (league[LEAGUE["season"].start] == season) & (members > FEWEST_UNDER_WAY)
    rounds = 2.0 * np.where(under_way, members - 1.0, np.nan)
    played = teams[TEAM["season_played"].start, 0]
    progress = played / rounds
    late = np.minimum(np.maximum((progress - LATE_FROM) / (1.0 - LATE_FROM), 0.0), 1.0)
    return SeasonPart(under_way, rounds, progress, np.exp(played / -START_ROUNDS), np.nan_to_num(late))


class FeatureInputs:
    """All that a match's vector is computed from; what several groups need is computed once."""

    def __init__(self, gathered: MatchStates, lower: Floats, fixtures: History) -> None:
        self.teams, self.league, self.pair, self.lower = gathered.teams, gathered.league, gathered.pair, lower
        self.day = fixtures.day.astype(np.float64)
        self.season = fixtures.season.astype(np.float64)
        self.fixtures = fixtures
        seen = self.teams[TEAM["seen"]]
        self.unseen = seen == 0
        self.both_seen = np.minimum(seen[:, 0], seen[:, 1])
        self.past = self.both_seen[SEEN_MARKET] > 0
        self.stakes = gathered.stakes
        self.edges = strength.expected(self.teams, self.league, self.stakes)
        self.edges[PERFORMANCE] = strength.as_market_edge(self.edges[PERFORMANCE])
        level = openness.expected(self.teams, self.league) + openness.usual(self.edges[MARKET])
        self.priced = np.where(self.past, outcome_ratios(self.edges[MARKET], level), np.nan)
        self.over = totals.expected(self.teams, self.league, self.edges[MARKET])
        self.season_part = season_part(self.teams, self.league, self.season)
        self.rates, self.implied = self._rates()
        self.books = market.book_odds(fixtures, market.PRE)
        self.singles = market.singles(self.books)
        self.consensus = market.consensus(self.books, self.singles)
        fair = market.fair(
            np.concatenate([self.consensus[:, None], self.books[_SEEN].transpose(1, 0, 2)], axis=1)
        )
        self.now = np.log(fair[::2] / fair[1])
        # Without a price of the outcome a row counts as one that knows no odds: it is shown no totals either.
        self.over_now = np.where(np.isnan(self.now[0, 0]), np.nan, market.over_odds(fixtures, market.PRE))

    def _rates(self) -> tuple[Floats, Floats]:
        """Log goal rates [2 kinds, 3 speeds, 2, m] and the log-ratios to the draw [2, 2, 3, m] they imply."""
        shape = (2, len(SPEED_NAMES), 2, -1)
        attack, defence = (
            self.teams[TEAM["attack"]].reshape(shape),
            self.teams[TEAM["defence"]].reshape(shape),
        )
        rates = self.league[LEAGUE["mean"]][:, None, None] + attack - defence[:, :, ::-1]
        rates[:, :, 0] += self.league[LEAGUE["home"]][:, None]
        p_home, p_draw, p_away = outcome(*np.exp(rates).transpose(2, 0, 1, 3))
        return rates, np.log(np.array([p_home, p_away]) / p_draw)

"""All that a match's vector is computed from, with what several groups of features need."""

from __future__ import annotations

import numpy as np

from sabiscore.domain.match import BOOKS
from sabiscore.features import market
from sabiscore.features.match_states import MatchStates
from sabiscore.features.poisson import outcome
from sabiscore.features.state import LEAGUE, SEEN_MARKET, TEAM
from sabiscore.history import Floats, History

BOOKS_SEEN = ("max", "b365", "ps", "bfe")
"""Books whose own prices are features; the others count in the consensus and the disagreement."""

_SEEN = [BOOKS.index(book) for book in BOOKS_SEEN]

SPEED_NAMES = ("slow", "mid", "fast")
MID = 1
GOALS, XG, MARKET = range(3)
"""The kinds of goal rates: learnt from goals, from expected goals, from past prices."""


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
        self.rates, self.implied = self._rates()
        self.books = market.book_odds(fixtures, market.PRE)
        self.singles = market.singles(self.books)
        self.consensus = market.consensus(self.books, self.singles)
        fair = market.fair(
            np.concatenate([self.consensus[:, None], self.books[_SEEN].transpose(1, 0, 2)], axis=1)
        )
        self.now = np.log(fair[::2] / fair[1])

    def _rates(self) -> tuple[Floats, Floats]:
        """Log goal rates [3 kinds, 3 speeds, 2, m] and the log-ratios to the draw [2, 3, 3, m] they imply.

        The kinds are goals, expected goals and the market's; the last is NaN without past prices.
        """
        shape = (2, len(SPEED_NAMES), 2, -1)
        attack, defence = (
            self.teams[TEAM["attack"]].reshape(shape),
            self.teams[TEAM["defence"]].reshape(shape),
        )
        rates = np.empty((3, *attack.shape[1:]))
        rates[:2] = self.league[LEAGUE["mean"]][:, None, None] + attack - defence[:, :, ::-1]
        rates[:2, :, 0] += self.league[LEAGUE["home"]][:, None]
        rates[2] = (
            self.league[LEAGUE["market_mean"]]
            + self.teams[TEAM["market_attack"]]
            - self.teams[TEAM["market_defence"]][:, ::-1]
        )
        rates[2, :, 0] += self.league[LEAGUE["market_home"]]
        rates[2, :, :, ~self.past] = np.nan
        p_home, p_draw, p_away = outcome(*np.exp(rates).transpose(2, 0, 1, 3))
        return rates, np.log(np.stack([p_home, p_away]) / p_draw)

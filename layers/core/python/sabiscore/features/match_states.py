"""What is known before each match: the columns of its two teams, its league and its pairing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sabiscore.features import openness, strength, totals
from sabiscore.features.stakes import stakes
from sabiscore.features.state import PAIR_ROWS, TEAM_ROWS, State, enter_season, newcomers
from sabiscore.history import Floats, History, Ints

_PAIR_BASE = 1 << 20


@dataclass(frozen=True, slots=True)
class MatchStates:
    """float64 ``teams`` [TEAM_ROWS, 2, m], ``league`` [LEAGUE_ROWS, m], ``pair`` [PAIR_ROWS, m] and
    ``stakes`` [2, m], what is at stake for home more than for away."""

    teams: Floats
    league: Floats
    pair: Floats
    stakes: Floats

    def columns(self, rows: Ints) -> MatchStates:
        """Those of the matches ``rows``."""
        return MatchStates(*(getattr(self, name).take(rows, -1) for name in MatchStates.__slots__))


@dataclass(frozen=True, slots=True)
class Places:
    """Where the matches of a history stand in a state, and when: columns of teams [2, m], the rest [m].

    -1 stands for a team or pair that the state has not seen.
    """

    teams: Ints
    league: Ints
    season: Floats
    day: Floats
    pair: Ints

    def columns(self, rows: slice | Ints) -> Places:
        return Places(
            self.teams[:, rows], self.league[rows], self.season[rows], self.day[rows], self.pair[rows]
        )


def pair_keys(teams: Ints) -> Ints:
    """int [m]: one number a pairing of team columns [2, m], the same at both grounds."""
    keys: Ints = np.minimum(teams[0], teams[1]) * _PAIR_BASE + np.maximum(teams[0], teams[1])
    return keys


def locate(state: State, history: History) -> Places:
    """Where each match of ``history`` stands in ``state``."""
    sides = [
        [state.column.get(history.teams[team], -1) for team in side.tolist()]
        for side in (history.home, history.away)
    ]
    teams = np.array(sides, np.int64)
    keys = pair_keys(teams)
    pair = np.searchsorted(state.pair_keys, keys)
    pair[pair == len(state.pair_keys)] = -1
    if len(state.pair_keys):
        pair[state.pair_keys[pair] != keys] = -1
    league, season, day = history.league, history.season, history.day
    return Places(teams, league.astype(np.int64), season.astype(np.float64), day.astype(np.float64), pair)


def match_states(state: State, places: Places) -> MatchStates:
    """The columns at ``places`` as they stand when their matches are entered; ``state`` is unchanged."""
    flat = places.teams.reshape(-1)
    teams = state.team[:, flat] if len(state.teams) else newcomers(len(flat))
    unseen = flat < 0
    if unseen.any():
        teams[:, unseen] = newcomers(int(unseen.sum()))
    league = places.league.astype(np.float64)
    entered = enter_season(teams, np.concatenate([league, league]), np.concatenate([places.season] * 2))
    day = np.concatenate([places.day, places.day])
    strength.advance(entered, day)
    openness.advance(entered, day)
    totals.advance(entered, day)
    sides, leagues = entered.reshape(TEAM_ROWS, 2, -1), state.league[:, places.league]
    met = places.pair >= 0
    pair = np.where(met, state.pair[:, places.pair], 0.0) if met.any() else np.zeros((PAIR_ROWS, len(met)))
    return MatchStates(sides, leagues, pair, stakes(sides, leagues))


def join_match_states(parts: Sequence[MatchStates]) -> MatchStates:
    """The matches of all ``parts`` side by side."""
    if len(parts) == 1:
        return parts[0]
    return MatchStates(
        *(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in MatchStates.__slots__)
    )

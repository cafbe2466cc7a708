"""What the teams of a league bring into a match between any two of them, as columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sabiscore.domain.match import Match, season_on

if TYPE_CHECKING:
    from sabiscore.features.state import State
    from sabiscore.history import Floats


@dataclass(frozen=True, slots=True)
class LeagueStates:
    """``teams`` (T slugs) as they stand on a day, each entered in the season of that day.

    ``team`` is float64 [T, TEAM_ROWS], ``league`` [LEAGUE_ROWS], ``pair`` [T (T - 1) / 2, PAIR_ROWS]: of the
    teams i < j the row ``i T - i (i + 1) / 2 + j - i - 1``. Teams are in the order of their columns, so that
    the first of a pair is the one that its numbers are seen from.
    """

    teams: tuple[str, ...]
    team: Floats = field(repr=False)
    league: Floats = field(repr=False)
    pair: Floats = field(repr=False)


def league_states(state: State, league: str, teams: Sequence[str], day: date) -> LeagueStates:
    """The states of two or more ``teams`` of ``league``, as ``replay.vectors`` sees them on ``day``."""
    import numpy as np  # loaded where an edge model is made only

    from sabiscore.features.match_states import locate, match_states
    from sabiscore.history import columns_of

    ordered = tuple(sorted(teams, key=lambda team: (state.column.get(team, -1), team)))
    season = season_on(day)
    pairs = [(i, j) for i in range(len(ordered)) for j in range(i + 1, len(ordered))]
    matches = [
        Match(league=league, season=season, day=day, home=ordered[i], away=ordered[j]) for i, j in pairs
    ]
    known = match_states(state, locate(state, columns_of(matches)))
    first = known.teams[:, 0, : len(ordered) - 1]  # the first team against each of the others
    others = known.teams[:, 1, : len(ordered) - 1]
    team = np.concatenate([first[:, :1], others], axis=1)
    return LeagueStates(ordered, team.T.copy(), known.league[:, 0].copy(), known.pair.T.copy())

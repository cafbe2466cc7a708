"""What is known of every team, league and pairing before a match: a few float64 arrays.

Each array has one row a quantity and one column a team (league, pairing), so that gathering the
teams of a day gives contiguous rows. ``TEAM``, ``LEAGUE`` and ``PAIR`` map a name to its rows.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from sabiscore.domain.league import LEAGUES
from sabiscore.files import write_atomically
from sabiscore.history import Floats

Layout = dict[str, slice]

SPEEDS = np.array([[0.45], [1.0], [2.2]])
"""Each rating is kept at three learning rates: these multiples of its step."""

FORM = (
    "points", "goals", "conceded", "shots", "shots_conceded", "on_target", "on_target_conceded",
    "corners", "corners_conceded", "xg", "xg_conceded", "cards",
)  # fmt: skip
FORM_START = np.array([1.3, 1.3, 1.3, 12.0, 12.0, 4.5, 4.5, 5.0, 5.0, 1.3, 1.3, 2.0])
"""What a team is taken to do before anything is seen: about the mean of all leagues."""

FORM_HALF_LIVES = (3.0, 8.0, 20.0)
VENUE_HALF_LIFE = 10.0
RECENT = 12
"""How many past match days of a team are remembered; nobody plays more in 30 days."""

TABLE_SIZE = 32
BASE_ELO, ELO_A_TIER, ELO_NEWCOMER = 1500.0, 120.0, -80.0
RATE_NEWCOMER, RATE_A_TIER = -0.15, 0.35
"""What a promoted team loses on each log rate; a relegated one gains it."""

ELO_REVERSION = 0.05

MARKET, PERFORMANCE = range(2)
"""The two kinds of strength (see sabiscore.features.strength)."""
FAST_VARIANCE = np.array([0.087, 0.053])[:, None]
"""The variance that the fast part of a strength has when nothing was seen for long."""
SLOW_NEWCOMER, SLOW_VARIANCE_NEWCOMER = np.array([-0.4, 0.0])[:, None], np.array([0.3, 30.0])[:, None]
SLOW_A_TIER = np.array([0.75, 0.35])[:, None]
SEASON_DRIFT, MOVED_DRIFT = np.array([0.06, 0.022])[:, None], np.array([0.0, 0.05])[:, None]
"""What a new season adds to the variance of the slow part, and what another division adds besides."""
FAST_KEPT = np.array([0.0, 1.0])[:, None]
"""The share of the fast part that outlives a summer."""
EDGE_HOME = np.array([0.45, 0.3])[:, None]
OPENNESS_VARIANCE_NEWCOMER, OPENNESS_SEASON_DRIFT = 0.006, 0.0012
OVER_VARIANCE_NEWCOMER, OVER_SEASON_DRIFT = 0.02, 0.0134
SHOT_MEANS = np.array([4.5, 7.5, 5.0])[:, None]
"""On target, off target and corners a side, where a league's season before is not known."""

TIER = np.array([float(league.tier) for league in LEAGUES])


def _layout(**sizes: int) -> Layout:
    starts = np.cumsum([0, *sizes.values()])
    return {
        name: slice(int(start), int(start) + size)
        for (name, size), start in zip(sizes.items(), starts, strict=False)
    }


TEAM = _layout(
    elo=6, attack=6, defence=6,
    form=3 * len(FORM), form_venue=2 * len(FORM),
    surplus=4, luck=2, boost=2, market_move=1, streaks=5, seen=5,
    slow=2, fast=2, slow_variance=2, covariance=2, fast_variance=2, venue=2,
    openness=1, openness_variance=1, over=1, over_variance=1, climbed=1, recent=RECENT,
    points=1, goal_difference=1, goals_for=1, season_played=1, season=1, league=1, slot=1,
)  # fmt: skip
"""``elo``, ``attack`` and ``defence`` hold three speeds on goals, then three on expected goals.
``form_venue`` and ``boost`` are of home, then of away matches. ``surplus`` is attack (fast, slow) and
defence (fast, slow) beyond expectation. ``streaks`` counts wins, unbeaten, winless, scoreless and
clean-sheet runs. ``seen`` counts matches, those with shots, with prices, at home and away. ``slow`` to
``venue`` are a strength's parts, of the market and of performance. ``climbed`` is by how many tiers a
team was promoted for this season. ``recent`` holds day numbers, the newest first."""

SEEN_ALL, SEEN_SHOTS, SEEN_MARKET, SEEN_HOME, SEEN_AWAY = range(5)

LEAGUE = _layout(
    elo_home=2, mean=2, home=2, home_share=1,
    edge_home=2, openness=1, over=1, shots=3, shot_sides=3,
    season=1, members=1, shots_before=3, table=TABLE_SIZE,
)  # fmt: skip
"""The rows before ``season`` are learnt by ``update``. ``mean`` and ``home`` are logs of goals a side and
of the home side's factor, on goals and on expected goals. ``edge_home`` is what home is worth to each
kind of strength. ``shots`` are sums of this season so far over ``shot_sides``,
``shots_before`` means of the one before; ``table`` holds the standing of each member's slot."""

PAIR = _layout(count=1, result=1, goal_difference=1, goals=1, last_day=1)
"""Head to head, seen from the team whose index is lower; decayed by meeting."""

TEAM_ROWS = TEAM["slot"].stop
LEAGUE_ROWS = LEAGUE["table"].stop
PAIR_ROWS = PAIR["last_day"].stop

_FORMAT = 3


@dataclass(slots=True, kw_only=True)
class State:
    """All that is known before ``day + 1``. Only ``replay`` changes it, by whole days."""

    teams: tuple[str, ...]
    team: Floats
    league: Floats
    pair_keys: npt.NDArray[np.int64]
    pair: Floats
    day: int
    column: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.column = {team: column for column, team in enumerate(self.teams)}

    def save(self, path: Path) -> None:
        """Write the state to ``path`` as an uncompressed .npz without pickles."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            format=np.array(_FORMAT),
            teams=np.array(self.teams, np.str_),
            team=self.team,
            league=self.league,
            pair_keys=self.pair_keys,
            pair=self.pair,
            day=np.array(self.day),
        )
        write_atomically(path, buffer.getvalue())

    @classmethod
    def load(cls, file: Path | BinaryIO) -> State:
        """The state that ``save`` wrote to ``file``. Raises ValueError when the layout is another."""
        with np.load(file, allow_pickle=False) as stored:
            if int(stored["format"]) != _FORMAT or stored["team"].shape[0] != TEAM_ROWS:
                raise ValueError("states of another layout")
            return cls(
                teams=tuple(stored["teams"].tolist()),
                team=stored["team"],
                league=_of_all_leagues(stored["league"]),
                pair_keys=stored["pair_keys"],
                pair=stored["pair"],
                day=int(stored["day"]),
            )


def _of_all_leagues(league: Floats) -> Floats:
    """``league`` with the leagues that were listed since it was saved, of which nothing was learnt yet."""
    return np.concatenate([league, start().league[:, league.shape[1] :]], axis=1)


def start() -> State:
    """The state before any match was seen: no teams, every league at the prior mean."""
    league = np.zeros((LEAGUE_ROWS, len(LEAGUES)))
    league[LEAGUE["elo_home"]] = 60.0
    league[LEAGUE["mean"]], league[LEAGUE["home"]] = np.log(1.15), 0.28
    league[LEAGUE["home_share"]] = 0.46
    league[LEAGUE["edge_home"]] = EDGE_HOME
    league[LEAGUE["shots_before"]] = SHOT_MEANS
    league[LEAGUE["season"]] = -1.0
    league[LEAGUE["table"]] = -np.inf
    none = np.zeros(0, np.int64)
    return State(
        teams=(),
        team=np.zeros((TEAM_ROWS, 0)),
        league=league,
        pair_keys=none,
        pair=np.zeros((PAIR_ROWS, 0)),
        day=-(10**6),
    )


def newcomers(count: int) -> Floats:
    """float64 [TEAM_ROWS, count]: teams of which nothing is known, not yet in any league."""
    team = np.zeros((TEAM_ROWS, count))
    team[TEAM["form"]] = np.tile(FORM_START, 3)[:, None]
    team[TEAM["form_venue"]] = np.tile(FORM_START, 2)[:, None]
    team[TEAM["slow"]], team[TEAM["slow_variance"]] = SLOW_NEWCOMER, SLOW_VARIANCE_NEWCOMER
    team[TEAM["fast_variance"]] = FAST_VARIANCE
    team[TEAM["openness_variance"]] = OPENNESS_VARIANCE_NEWCOMER
    team[TEAM["over_variance"]] = OVER_VARIANCE_NEWCOMER
    team[TEAM["recent"]] = -np.inf
    team[TEAM["season"]] = team[TEAM["league"]] = team[TEAM["slot"]] = -1.0
    return team


STANDING_POINTS = 1e6


def standing(teams: Floats) -> Floats:
    """float64 [..., m]: one number that orders a table by points, goal difference and goals scored."""
    points, difference, scored = teams[TEAM["points"].start : TEAM["goals_for"].stop]
    ranked: Floats = points * STANDING_POINTS + (difference + 500.0) * 1e3 + scored
    return ranked


def enter_season(team: Floats, league: Floats, season: Floats) -> Floats:
    """``team`` [TEAM_ROWS, m] as it stands at its first match of ``season`` in ``league`` (both [m]).

    Columns that are already in that season come back unchanged. Ratings follow the tier: what a
    promoted team loses a relegated one gains; Elo moves a little back to its tier's mean.
    """
    entering = (team[TEAM["season"]][0] != season) | (team[TEAM["league"]][0] != league)
    if not entering.any():
        return team
    new = team[:, entering]
    known = new[TEAM["seen"]][SEEN_ALL] > 0
    tier = TIER[league[entering].astype(np.int64)]
    previous = new[TEAM["league"]][0].astype(np.int64)
    climbed = np.where(known & (previous >= 0), TIER[previous] - tier, 0.0)
    base = BASE_ELO - ELO_A_TIER * (tier - 1.0)
    kept = new[TEAM["elo"]] * (1.0 - ELO_REVERSION) + base * ELO_REVERSION
    new[TEAM["elo"]] = np.where(known, kept, base + ELO_NEWCOMER)
    for name in ("attack", "defence"):
        new[TEAM[name]] = np.where(known, new[TEAM[name]] - RATE_A_TIER * climbed, RATE_NEWCOMER)
    _enter_strength(new, known, climbed, known & (previous != league[entering]))
    new[TEAM["points"].start : TEAM["season_played"].stop] = 0.0
    new[TEAM["season"]], new[TEAM["league"]] = season[entering], league[entering]
    new[TEAM["slot"]] = -1.0
    entered = team.copy()
    entered[:, entering] = new
    return entered


def _enter_strength(
    new: Floats, known: npt.NDArray[np.bool_], climbed: Floats, moved: npt.NDArray[np.bool_]
) -> None:
    """The summer of the filters: more doubt, a forgotten fast part, and the step to another tier."""
    kept = np.where(known, FAST_KEPT, 1.0)
    new[TEAM["slow"]] -= SLOW_A_TIER * climbed
    new[TEAM["slow_variance"]] += known * (SEASON_DRIFT + MOVED_DRIFT * moved)
    new[TEAM["fast"]] *= kept
    new[TEAM["covariance"]] *= kept
    stationary = FAST_VARIANCE
    new[TEAM["fast_variance"]] = stationary + kept**2 * (new[TEAM["fast_variance"]] - stationary)
    for name, drift, newcomer in (
        ("openness", OPENNESS_SEASON_DRIFT, OPENNESS_VARIANCE_NEWCOMER),
        ("over", OVER_SEASON_DRIFT, OVER_VARIANCE_NEWCOMER),
    ):
        new[TEAM[name]] *= ~moved
        variance = new[TEAM[f"{name}_variance"]] + drift * known
        new[TEAM[f"{name}_variance"]] = np.where(moved, newcomer, variance)
    new[TEAM["climbed"]] = climbed

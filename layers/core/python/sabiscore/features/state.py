"""What is known of every team, league and pairing before a match: a few float64 arrays.

Each array has one row a quantity and one column a team (league, pairing), so that gathering the
teams of a day gives contiguous rows. ``TEAM``, ``LEAGUE`` and ``PAIR`` map a name to its rows.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

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
RATE_NEWCOMER, MARKET_NEWCOMER = -0.15, -0.4
RATE_A_TIER, MARKET_A_TIER, PI_A_TIER = 0.35, 0.9, 0.45
"""What a promoted team loses on each log rate, market log-odds and pi rating; a relegated one gains it."""

ELO_REVERSION = 0.05

TIER = np.array([float(league.tier) for league in LEAGUES])


def _layout(**sizes: int) -> Layout:
    starts = np.cumsum([0, *sizes.values()])
    return {
        name: slice(int(start), int(start) + size)
        for (name, size), start in zip(sizes.items(), starts, strict=False)
    }


TEAM = _layout(
    elo=6, attack=6, defence=6, pi_home=3, pi_away=3, market=3, market_attack=3, market_defence=3,
    form=3 * len(FORM), form_venue=2 * len(FORM),
    surplus=4, luck=2, boost=2, market_move=1, streaks=5, seen=5, recent=RECENT,
    points=1, goal_difference=1, goals_for=1, season_played=1, season=1, league=1, slot=1,
)  # fmt: skip
"""``elo``, ``attack`` and ``defence`` hold three speeds on goals, then three on expected goals.
``form_venue`` and ``boost`` are of home, then of away matches. ``surplus`` is attack (fast, slow) and
defence (fast, slow) beyond expectation. ``streaks`` counts wins, unbeaten, winless, scoreless and
clean-sheet runs. ``seen`` counts matches, those with shots, with prices, at home and away. ``recent``
holds day numbers, the newest first."""

SEEN_ALL, SEEN_SHOTS, SEEN_MARKET, SEEN_HOME, SEEN_AWAY = range(5)

LEAGUE = _layout(
    elo_home=2, mean=2, home=2, market_mean=1, market_home=1, market_edge=1, home_share=1,
    season=1, members=1, table=TABLE_SIZE,
)  # fmt: skip
"""The rows before ``season`` are learnt by ``update``. ``mean`` and ``home`` are logs of goals a side and
of the home side's factor, on goals and on expected goals; ``market_edge`` is the
market's home log-odds between equals; ``table`` holds the standing of each member's slot."""

PAIR = _layout(count=1, result=1, goal_difference=1, goals=1, last_day=1)
"""Head to head, seen from the team whose index is lower; decayed by meeting."""

TEAM_ROWS = TEAM["slot"].stop
LEAGUE_ROWS = LEAGUE["table"].stop
PAIR_ROWS = PAIR["last_day"].stop

_FORMAT = 1


@dataclass(slots=True)
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
    def load(cls, path: Path) -> State:
        """The state that ``save`` wrote to ``path``. Raises ValueError when the layout is another."""
        with np.load(path, allow_pickle=False) as stored:
            if int(stored["format"]) != _FORMAT or stored["team"].shape[0] != TEAM_ROWS:
                raise ValueError(f"{path.name} holds states of another layout")
            return cls(
                tuple(stored["teams"].tolist()),
                stored["team"],
                stored["league"],
                stored["pair_keys"],
                stored["pair"],
                int(stored["day"]),
            )


def start() -> State:
    """The state before any match was seen: no teams, every league at the prior mean."""
    league = np.zeros((LEAGUE_ROWS, len(LEAGUES)))
    league[LEAGUE["elo_home"]] = 60.0
    for mean, home in (("mean", "home"), ("market_mean", "market_home")):
        league[LEAGUE[mean]], league[LEAGUE[home]] = np.log(1.15), 0.28
    league[LEAGUE["market_edge"]] = 0.45
    league[LEAGUE["home_share"]] = 0.46
    league[LEAGUE["season"]] = -1.0
    league[LEAGUE["table"]] = -np.inf
    none = np.zeros(0, np.int64)
    return State((), np.zeros((TEAM_ROWS, 0)), league, none, np.zeros((PAIR_ROWS, 0)), -(10**6))


def newcomers(count: int) -> Floats:
    """float64 [TEAM_ROWS, count]: teams of which nothing is known, not yet in any league."""
    team = np.zeros((TEAM_ROWS, count))
    team[TEAM["form"]] = np.tile(FORM_START, 3)[:, None]
    team[TEAM["form_venue"]] = np.tile(FORM_START, 2)[:, None]
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
    for name, a_tier, newcomer in _FOLLOWS_TIER:
        new[TEAM[name]] = np.where(known, new[TEAM[name]] - a_tier * climbed, newcomer)
    new[TEAM["points"].start : TEAM["season_played"].stop] = 0.0
    new[TEAM["season"]], new[TEAM["league"]] = season[entering], league[entering]
    new[TEAM["slot"]] = -1.0
    entered = team.copy()
    entered[:, entering] = new
    return entered


_FOLLOWS_TIER = (
    ("attack", RATE_A_TIER, RATE_NEWCOMER),
    ("defence", RATE_A_TIER, RATE_NEWCOMER),
    ("market_attack", RATE_A_TIER, RATE_NEWCOMER),
    ("market_defence", RATE_A_TIER, RATE_NEWCOMER),
    ("market", MARKET_A_TIER, MARKET_NEWCOMER),
    ("pi_home", PI_A_TIER, MARKET_NEWCOMER),
    ("pi_away", PI_A_TIER, MARKET_NEWCOMER),
)

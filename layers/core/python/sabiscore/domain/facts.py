"""What providers tell about matches and teams, in our units but still under their names and ids.

A fact of a match names it by ``event``, the provider's own id; an Event of the same provider (perhaps
from another reply) says which match that is. Team names are as the provider spells them, cleaned of
what is invisible; sources/teams.py finds the teams they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sabiscore.domain.match import Market, Phase

Kind = Literal[
    "fixtures",
    "odds",
    "depth",
    "results",
    "scores",
    "standings",
    "statistics",
    "xg",
    "head_to_head",
    "squad_value",
]
"""What a source can be asked for; ``scores`` are those of matches in play, while they are played."""

Status = Literal["scheduled", "in_play", "finished", "postponed", "abandoned", "awarded"]
"""``abandoned``: begun and not finished · ``awarded``: decided at a table, no rating learns from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A match as its provider announces it; ``season`` is None where the feed does not name one.

    ``kickoff_at`` is aware UTC, None where the provider has no time yet; ``neutral`` is True where it
    says that the ground is neither side's own.
    """

    id: str
    league: str
    season: str | None
    kickoff_at: datetime | None
    home: str
    away: str
    neutral: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The decimal odds of one book in one market, in the market's order.

    ``book`` is a code of BOOKS, or the provider's own key for a book that is not among them. ``line``
    is the goals given to home in market ``ah``, else None. ``quoted_at`` is aware UTC, None when
    unknown (a price that nobody may bet on).
    """

    event: str
    market: Market
    book: str
    prices: tuple[float, ...]
    line: float | None = None
    quoted_at: datetime | None = None
    phase: Phase = "pre"


@dataclass(frozen=True, slots=True)
class Level:
    """A price on an exchange and the stake waiting at it, in the account's currency."""

    odds: float
    stake: float


@dataclass(frozen=True, slots=True)
class Depth:
    """What an exchange holds of one market: per outcome, in the market's order, the best price first."""

    event: str
    market: Market
    back: tuple[tuple[Level, ...], ...]
    lay: tuple[tuple[Level, ...], ...]
    quoted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a match stands: ``goals`` after 90 minutes (home, away), None before kick-off or if unknown.

    While ``in_play`` they are the goals so far.
    """

    event: str
    status: Status
    goals: tuple[int, int] | None = None
    half_time: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One row of a league's table."""

    league: str
    season: str
    team: str
    rank: int
    played: int
    won: int
    drawn: int
    lost: int
    goals_for: int
    goals_against: int
    points: int
    group: str = ""


@dataclass(frozen=True, slots=True)
class TeamStatistics:
    """One side's statistics of one match: names of STATISTICS → count."""

    event: str
    team: str
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonStatistics:
    """What one team has done in a season so far."""

    league: str
    season: str
    team: str
    played: int
    goals_for: int
    goals_against: int
    clean_sheets: int
    failed_to_score: int
    form: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedGoals:
    """The expected goals of both sides of a finished match."""

    event: str
    home: float
    away: float


@dataclass(frozen=True, slots=True)
class Meeting:
    """One past match of two teams, in whatever competition."""

    competition: str
    kickoff_at: datetime
    home: str
    away: str
    goals: tuple[int, int]


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """The past matches of two teams (in alphabetical order), the newest first."""

    teams: tuple[str, str]
    meetings: tuple[Meeting, ...]


@dataclass(frozen=True, slots=True)
class SquadValue:
    """What a team's players were thought to be worth on a day, in euros."""

    league: str
    season: str
    team: str
    euros: float
    day: date


Fact = (
    Quote
    | Depth
    | Result
    | Standing
    | TeamStatistics
    | SeasonStatistics
    | ExpectedGoals
    | HeadToHead
    | SquadValue
)

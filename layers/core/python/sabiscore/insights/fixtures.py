"""The matches that can be spoken of, published or of the last days, chosen by league, team and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match
from sabiscore.identity.clubs import display_name
from sabiscore.insights.match_clock import NOT_SEALED, not_sealed, utc_day
from sabiscore.publication.matchday import BACK, Matchday, MatchLife
from sabiscore.publication.publish import Publication


@dataclass(frozen=True, slots=True)
class Fixture:
    """A match with what became of it; ``published``: it is forecast; ``not_sealed``: why no seal is known."""

    match: Match
    life: MatchLife | None
    published: bool
    not_sealed: str = NOT_SEALED


@dataclass(frozen=True, slots=True)
class FixtureFilter:
    """Which matches are asked for; None asks for all."""

    league: str | None = None
    team: str | None = None
    first: date | None = None
    last: date | None = None

    def admits(self, match: Match) -> bool:
        """Whether ``match`` is of the league and team, whatever its day."""
        return self.league in (None, match.league) and self.team in (None, match.home, match.away)

    def holds(self, day: date) -> bool:
        """Whether ``day`` is among those asked for."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def known_fixtures(publication: Publication, matchday: Matchday, at: datetime) -> Mapping[str, Fixture]:
    """By id, the served matches that are published, and those of the last days up to ``at``."""
    oldest = (at - BACK).date()
    found = {
        match_id: Fixture(life.match, life, published=False)
        for match_id, life in matchday.lives.items()
        if LEAGUE_BY_KEY[life.match.league].served and life.match.day >= oldest
    }
    for match_id, match in publication.served.items():
        found[match_id] = Fixture(match, matchday.lives.get(match_id), True, not_sealed(matchday))
    return found


def in_order(fixtures: Iterable[Fixture]) -> list[Fixture]:
    """By day, kick-off, league and home team; a kick-off that is not known comes last."""
    return sorted(fixtures, key=_place)


def days_of(fixtures: Iterable[Fixture]) -> dict[date, int]:
    """UTC day → its matches, the days in order."""
    return dict(sorted(Counter(utc_day(fixture.match) for fixture in fixtures).items()))


def why_none(wanted: FixtureFilter, days: Mapping[date, int], next_day: date | None) -> str:
    """The sentence that stands where matches would.

    >>> why_none(FixtureFilter("epl"), {}, None)
    'No match in Premier League is known.'
    """
    what = f"No match{_of_whom(wanted)} is known{_when(wanted)}"
    if next_day is not None:
        return f"{what}; the next are on {next_day}."
    return f"{what}; the last were on {max(days)}." if days else f"{what}."


def _of_whom(wanted: FixtureFilter) -> str:
    team = f" of {display_name(wanted.team)}" if wanted.team else ""
    if wanted.league is None:
        return team
    return f"{team} in {LEAGUE_BY_KEY[wanted.league].name}"


def _when(wanted: FixtureFilter) -> str:
    if wanted.first is not None and wanted.first == wanted.last:
        return f" on {wanted.first}"
    first = f" from {wanted.first}" if wanted.first else ""
    return f"{first} to {wanted.last}" if wanted.last else first


def _place(fixture: Fixture) -> tuple[date, str, str, str]:
    match = fixture.match
    kickoff = match.kickoff_at.isoformat() if match.kickoff_at else "unknown comes last"
    return match.day, kickoff, match.league, match.home

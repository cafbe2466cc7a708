"""A past season as its files tell it, and from when on each part of that was known.

| what | known from |
|---|---|
| a fixture and its kick-off | FIXTURES_AHEAD before kick-off |
| early prices | the Tuesday or Friday afternoon on which the feed collects them |
| closing prices | CLOSE_BEFORE before kick-off |
| the result | ENDS_AFTER after kick-off |
| the whole row of the season file | FILED_AT on the morning after |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sabiscore.domain.league import BY_DIVISION, League
from sabiscore.domain.match import Match, Phase
from sabiscore.errors import Refused
from sabiscore.identity.names import team_slug
from sabiscore.sources.football_data import FootballData
from sabiscore.sources.football_data_columns import ColumnPlan, plan_columns
from sabiscore.sources.football_data_table import read_table
from sabiscore.sources.football_data_times import read_day

FIXTURES_AHEAD = timedelta(days=10)
CLOSE_BEFORE = timedelta(minutes=10)
ENDS_AFTER = timedelta(hours=2)
FILED_AT = time(5, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Played:
    """One match of the past: all that its file says of it, its row, and the feed's spelling of the teams."""

    match: Match
    kickoff_at: datetime
    cells: Sequence[str]
    home: str
    away: str

    @property
    def listed_at(self) -> datetime:
        return self.kickoff_at - FIXTURES_AHEAD

    @property
    def closes_at(self) -> datetime:
        return self.kickoff_at - CLOSE_BEFORE

    @property
    def ends_at(self) -> datetime:
        return self.kickoff_at + ENDS_AFTER

    @property
    def filed_at(self) -> datetime:
        after = max(self.match.day, self.kickoff_at.date()) + timedelta(days=1)
        return datetime.combine(after, FILED_AT)

    def phase_at(self, now: datetime) -> Phase | None:
        """Which of its prices are the newest that are known at ``now``; None before the first."""
        priced_at = self.match.priced_at
        if now >= self.closes_at and any(key[2] == "close" for key in self.match.prices):
            return "close"
        return "pre" if priced_at is not None and priced_at <= now else None


@dataclass(frozen=True, slots=True)
class Division:
    """One division's season: its file's header and columns, and its matches by kick-off.

    ``untimed`` counts matches whose kick-off is not known: nobody can seal a prediction before it.
    """

    league: League
    header: Sequence[str]
    columns: ColumnPlan
    matches: Sequence[Played]
    untimed: int = 0


@dataclass(frozen=True, slots=True)
class PastSeason:
    """The season ``name`` (such as 2425) of the divisions that are played again, by league key."""

    name: str
    divisions: Mapping[str, Division]

    @property
    def matches(self) -> list[Played]:
        """All its matches by kick-off, then id."""
        every = (played for division in self.divisions.values() for played in division.matches)
        return sorted(every, key=lambda played: (played.kickoff_at, played.match.id))

    @property
    def untimed(self) -> int:
        return sum(division.untimed for division in self.divisions.values())


def read_season(paths: Iterable[Path], name: str, leagues: Sequence[League]) -> PastSeason:
    """The season ``name`` of ``leagues`` from those of the season files ``paths`` that tell of it.

    Raises Refused where a league has no such file, or no match of it has a time of kick-off.
    """
    files = {league.key: f"{league.division}_{name}.csv" for league in leagues}
    found = {path.name.upper(): path for path in paths}
    divisions = {}
    for league in leagues:
        path = found.get(files[league.key].upper())
        if path is None:
            raise Refused(f"There is no {files[league.key]} to rehearse.", hint="Name a season you have.")
        division = divisions[league.key] = read_division(files[league.key], path.read_bytes())
        if not division.matches:
            raise Refused(
                f"{path.name} tells no times of kick-off.",
                hint="football-data.co.uk has them since 2019/20: rehearse a later season.",
            )
    return PastSeason(name, divisions)


def read_division(name: str, data: bytes) -> Division:
    """The season in the file ``name``; the parser decides which of its rows are matches.

    Raises BadSeasonFile.
    """
    parsed, table = FootballData().parse(name, data), read_table(data)
    columns = plan_columns(table.header)
    league = BY_DIVISION[name.split("_", 1)[0].upper()]
    rows = {}
    for row in table.rows:
        cells = row.padded(columns.width)[: columns.width]
        teams = [team_slug(cells[place], league.country) for place in (columns.home, columns.away)]
        rows[read_day(cells[columns.day]), *teams] = cells
    matches = []
    for match in parsed.matches:
        cells = rows[match.day, match.home, match.away]
        if match.kickoff_at is not None and match.goals is not None:
            home, away = cells[columns.home], cells[columns.away]
            matches.append(Played(match, match.kickoff_at, cells, home, away))
    matches.sort(key=lambda played: (played.kickoff_at, played.match.id))
    return Division(league, table.header, columns, matches, len(parsed.matches) - len(matches))

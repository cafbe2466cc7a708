"""Understat: expected goals of every match of the big five leagues, a season an answer, without a key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sabiscore.domain.facts import Event, ExpectedGoals, Fact, Kind, Result
from sabiscore.domain.match import season_on, season_start_year
from sabiscore.sources.base import Reply, Request, Wanted
from sabiscore.sources.columns import read_rows
from sabiscore.sources.reading import Fields, InvalidRow, OutOfScope, bad_answer, read_json, read_season
from sabiscore.sources.row_collector import ParsedRow, RowCollector

NAMES: Mapping[str, str] = {
    "epl": "EPL",
    "laliga": "La_liga",
    "bundesliga": "Bundesliga",
    "serie-a": "Serie_A",
    "ligue-1": "Ligue_1",
}
_LEAGUES = {name: league for league, name in NAMES.items()}
_COLUMNS = (
    "league", "season", "datetime", "home", "away", "home_goals", "away_goals", "home_xg", "away_xg",
)  # fmt: skip
_MOST_XG = 20.0
_MOST_GOALS = 50


class Understat:
    """The source; its instants are UTC."""

    name = "understat.com"
    origin = "https://understat.com"
    gives: frozenset[Kind] = frozenset({"xg"})
    keys: tuple[str, ...] = ()

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:  # noqa: ARG002
        """One answer a league: the season that the last day wanted lies in."""
        if "xg" not in wanted.kinds:
            return []
        start = season_start_year(season_on(wanted.last))
        return [
            Request(
                url=f"{self.origin}/getLeagueData/{NAMES[league]}/{start}",
                name=f"season/{league}/{start}",
                headers={"x-requested-with": "XMLHttpRequest"},
            )
            for league in wanted.leagues
            if league in NAMES
        ]

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """The matches of one league and season that are played, and their expected goals.

        Under a name that ends in ``.csv`` the bytes are a table of matches, a season or several, with
        the columns league, season, datetime, home, away, home_goals, away_goals, home_xg and away_xg.
        """
        if request.name.endswith(".csv"):
            return self._table(data)
        collector = RowCollector(provider=self.name)
        try:
            _, league, start = request.name.split("/")
            rows = Fields(read_json(self.name, data), "the answer").rows("dates")
            collector.each(rows, lambda row: _match(Fields(row), league, int(start)))
        except (InvalidRow, ValueError) as reason:
            raise bad_answer(self.name, str(reason)) from None
        return collector.reply()

    def _table(self, data: bytes) -> Reply:
        collector = RowCollector(provider=self.name)
        collector.each(read_rows(self.name, data, _COLUMNS), _table_match)
        return collector.reply()


def _match(fields: Fields, league: str, start_year: int) -> ParsedRow:
    played = fields.read("isResult", lambda value: value)
    if not isinstance(played, bool):
        raise InvalidRow("isResult: not true or false")
    if not played:
        raise OutOfScope("not played yet")
    kickoff_at = fields.read("datetime", _instant)
    event = Event(
        id=fields.identity("id"),
        league=league,
        season=read_season(start_year, kickoff_at),
        kickoff_at=kickoff_at,
        home=fields.at("h").name("title"),
        away=fields.at("a").name("title"),
    )
    goals, xg = fields.at("goals"), fields.at("xG")
    result = (goals.whole("h", _MOST_GOALS), goals.whole("a", _MOST_GOALS))
    return ParsedRow(event, _facts(event.id, result, xg.number("h"), xg.number("a")))


def _table_match(row: object) -> ParsedRow:
    fields = Fields(row)
    league = _LEAGUES.get(fields.word("league"))
    if league is None:
        raise OutOfScope("another league")
    season = fields.word("season")
    if len(season) != 4 or not season.isascii() or not season.isdigit():
        raise InvalidRow("season: not like 2425")
    kickoff_at = fields.read("datetime", _instant)
    home, away = fields.name("home"), fields.name("away")
    event = Event(
        id=f"{league}-{season}-{kickoff_at:%Y%m%d}-{home}-{away}".replace(" ", "_"),
        league=league,
        season=read_season(season_start_year(season), kickoff_at),
        kickoff_at=kickoff_at,
        home=home,
        away=away,
    )
    if event.season != season:
        raise InvalidRow("season: its two years do not follow each other")
    result = (fields.whole("home_goals", _MOST_GOALS), fields.whole("away_goals", _MOST_GOALS))
    return ParsedRow(event, _facts(event.id, result, fields.number("home_xg"), fields.number("away_xg")))


def _facts(event: str, goals: tuple[int, int], home: float, away: float) -> tuple[Fact, ...]:
    if not (0 <= home <= _MOST_XG and 0 <= away <= _MOST_XG):
        raise InvalidRow("xG: not a number of goals")
    return Result(event, "finished", goals), ExpectedGoals(event, home, away)


def _instant(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and 16 <= len(value) <= 19 else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise InvalidRow("not a time")
    return at.replace(tzinfo=UTC)

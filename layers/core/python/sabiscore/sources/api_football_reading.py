"""The shapes of API-Football v3 → our facts. https://www.api-football.com/documentation-v3"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sabiscore.domain.facts import (
    Event,
    Fact,
    HeadToHead,
    Meeting,
    Result,
    SeasonStatistics,
    Standing,
    Status,
    TeamStatistics,
)
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.sources.reading import Fields, InvalidRow, OutOfScope, read_season, read_whole
from sabiscore.sources.row_collector import ParsedRow, RowCollector

LEAGUE_NUMBERS: Mapping[str, int] = {
    "epl": 39, "championship": 40, "league-one": 41, "league-two": 42, "laliga": 140, "segunda": 141,
    "bundesliga": 78, "bundesliga-2": 79, "serie-a": 135, "serie-b": 136, "ligue-1": 61, "ligue-2": 62,
    "eredivisie": 88, "pro-league": 144, "primeira-liga": 94, "super-league": 197, "super-lig": 203,
    "scottish-premiership": 179, "national-league": 43, "scottish-championship": 180,
    "scottish-league-one": 183, "scottish-league-two": 184,
}  # fmt: skip
_LEAGUES = {number: league for league, number in LEAGUE_NUMBERS.items()}

_STATUSES: Mapping[str, Status] = {
    "TBD": "scheduled", "NS": "scheduled",
    "1H": "in_play", "HT": "in_play", "2H": "in_play", "ET": "in_play", "BT": "in_play", "P": "in_play",
    "LIVE": "in_play", "INT": "in_play", "SUSP": "in_play",
    "FT": "finished", "AET": "finished", "PEN": "finished",
    "PST": "postponed", "CANC": "postponed",
    "ABD": "abandoned", "AWD": "awarded", "WO": "awarded",
}  # fmt: skip
"""A cancelled match is counted as postponed: what it shares with one is that it will not be played then."""

_AFTER_HALF_TIME = frozenset({"HT", "2H", "ET", "BT", "P"})

_STATISTICS: Mapping[str, str] = {
    "Total Shots": "shots",
    "Shots on Goal": "on_target",
    "Corner Kicks": "corners",
    "Fouls": "fouls",
    "Yellow Cards": "yellows",
    "Red Cards": "reds",
    "expected_goals": "xg",
}
_MOST_GOALS = 50
_MOST = 200


def read_fixture(row: object, collector: RowCollector) -> ParsedRow:
    """One row of ``/fixtures``: the event and how it stands."""
    fields = Fields(row)
    league_fields = fields.at("league")
    league = _LEAGUES.get(league_fields.whole("id", 10**9))
    if league is None:
        raise OutOfScope("another league")
    stage = league_fields.word("round")
    if not stage.startswith("Regular Season") and LEAGUE_BY_KEY[league].meetings == 1:
        raise OutOfScope("a play-off")
    fixture, teams = fields.at("fixture"), fields.at("teams")
    kickoff_at = _kickoff(fixture)
    status = _status(fixture)
    event = Event(
        id=fixture.identity("id"),
        league=league,
        season=read_season(league_fields.whole("season"), kickoff_at),
        kickoff_at=None if fixture.at("status").word("short") == "TBD" else kickoff_at,
        home=teams.at("home").name("name"),
        away=teams.at("away").name("name"),
    )
    return ParsedRow(event, (_result(event.id, status, fields, collector),))


def read_team_pair(row: object) -> tuple[str, str]:
    """The provider's numbers of the two teams in a row of ``/fixtures``."""
    teams = Fields(row).at("teams")
    return teams.at("home").identity("id"), teams.at("away").identity("id")


def _kickoff(fixture: Fields) -> datetime:
    at = fixture.instant("date")
    stamp = fixture.maybe("timestamp", lambda value: read_whole(value, 10**11))
    if stamp is not None and datetime.fromtimestamp(stamp, UTC) != at:
        raise InvalidRow("fixture.date contradicts fixture.timestamp")
    return at


def _status(fixture: Fields) -> Status:
    status = _STATUSES.get(fixture.at("status").word("short"))
    if status is None:
        raise InvalidRow("fixture.status.short is not one we know")
    return status


def _result(event: str, status: Status, fields: Fields, collector: RowCollector) -> Result:
    score = fields.at("score")
    now, full_time = _pair(fields.at("goals")), _pair(score.at("fulltime"))
    half_time = _pair(score.at("halftime"))
    if status == "in_play":
        return Result(event, status, now, half_time if _first_half_is_over(fields) else None)
    if status == "awarded":
        return _awarded(event, now or full_time, half_time, collector)
    if status != "finished":
        return Result(event, status)
    if full_time is None:
        raise InvalidRow("finished without goals")
    if _exceeds(half_time, full_time):
        raise InvalidRow("more goals at half time than at full time")
    return Result(event, status, full_time, half_time)


def _awarded(
    event: str, goals: tuple[int, int] | None, half_time: tuple[int, int] | None, collector: RowCollector
) -> Result:
    """The result of the table, if there is one yet; half time is of what was played, and may not fit it."""
    if half_time is not None and (goals is None or _exceeds(half_time, goals)):
        collector.set_aside["half_time: of a match that was awarded"] += 1
        half_time = None
    return Result(event, "awarded", goals, half_time)


def _exceeds(half_time: tuple[int, int] | None, goals: tuple[int, int]) -> bool:
    return half_time is not None and (half_time[0] > goals[0] or half_time[1] > goals[1])


def _first_half_is_over(fields: Fields) -> bool:
    """Until half time the half-time score of this provider is the running one."""
    return fields.at("fixture").at("status").word("short") in _AFTER_HALF_TIME


def _pair(fields: Fields) -> tuple[int, int] | None:
    """(home, away); None when both are null. One alone, or a missing field, is unfit."""
    for side in ("home", "away"):
        if not fields.has(side):
            raise InvalidRow(f"goals: {side} is missing")
    home, away = (
        fields.maybe(side, lambda value: read_whole(value, _MOST_GOALS)) for side in ("home", "away")
    )
    if (home is None) != (away is None):
        raise InvalidRow("goals of one side only")
    return None if home is None or away is None else (home, away)


def read_standings(row: object) -> ParsedRow:
    """One row of ``/standings``: every team of a league's tables."""
    league_fields = Fields(row).at("league")
    league = _LEAGUES.get(league_fields.whole("id", 10**9))
    if league is None:
        raise OutOfScope("another league")
    season = read_season(league_fields.whole("season"), None)
    tables = league_fields.rows("standings")
    rows = [
        Fields(line, "standings")
        for table in tables
        for line in (table if isinstance(table, list) else [table])
    ]
    return ParsedRow(facts=tuple(_standing(line, league, season) for line in rows))


def _standing(line: Fields, league: str, season: str) -> Standing:
    total = line.at("all")
    played, won, drawn, lost = (total.whole(name) for name in ("played", "win", "draw", "lose"))
    if played != won + drawn + lost:
        raise InvalidRow("standings: matches do not add up")
    return Standing(
        league=league,
        season=season,
        team=line.at("team").name("name"),
        rank=line.whole("rank"),
        played=played,
        won=won,
        drawn=drawn,
        lost=lost,
        goals_for=total.at("goals").whole("for"),
        goals_against=total.at("goals").whole("against"),
        points=line.whole("points"),
        group=line.word("group"),
    )


def read_season_statistics(row: object) -> ParsedRow:
    """The object of ``/teams/statistics``: what a team has done in a season."""
    fields = Fields(row)
    league = _LEAGUES.get(fields.at("league").whole("id", 10**9))
    if league is None:
        raise OutOfScope("another league")
    goals = fields.at("goals")
    played = fields.at("fixtures").at("played")
    if played.whole("total") != played.whole("home") + played.whole("away"):
        raise InvalidRow("fixtures.played does not add up")
    fact = SeasonStatistics(
        league=league,
        season=read_season(fields.at("league").whole("season"), None),
        team=fields.at("team").name("name"),
        played=played.whole("total"),
        goals_for=goals.at("for").at("total").whole("total"),
        goals_against=goals.at("against").at("total").whole("total"),
        clean_sheets=fields.at("clean_sheet").whole("total"),
        failed_to_score=fields.at("failed_to_score").whole("total"),
        form=fields.maybe("form", _form) or "",
    )
    return ParsedRow(facts=(fact,))


def _form(value: object) -> str:
    if not isinstance(value, str) or set(value) - set("WDL") or len(value) > _MOST:
        raise InvalidRow("not a row of W, D and L")
    return value


def read_team_statistics(row: object, event: str, collector: RowCollector) -> ParsedRow:
    """One side of ``/fixtures/statistics`` for the match with the id ``event``."""
    fields = Fields(row)
    values: dict[str, float] = {}
    for line in fields.rows("statistics"):
        kind, value = _statistic(line)
        name = _STATISTICS.get(kind)
        if name is None or value is None:
            continue
        if name in values:
            raise InvalidRow("a statistic is named twice")
        try:
            values[name] = Fields({name: value}).number(name)
        except InvalidRow as reason:
            collector.set_aside[str(reason)] += 1
            continue
        if not 0 <= values[name] <= _MOST or not (name == "xg" or values[name].is_integer()):
            collector.set_aside[f"{name}: not a count"] += 1
            del values[name]
    return ParsedRow(facts=(TeamStatistics(event, fields.at("team").name("name"), values),))


def _statistic(line: object) -> tuple[str, object]:
    fields = Fields(line, "statistics")
    if not fields.has("value"):
        raise InvalidRow("statistics.value is missing")
    return fields.word("type"), fields.maybe("value", lambda value: value)


def read_meetings(rows: Sequence[object], collector: RowCollector) -> list[Fact]:
    """The past matches of two teams in ``/fixtures/headtohead``, as one fact; none when there are none."""
    meetings = collector.read(rows, _meeting)
    pairs = {(min(sides), max(sides)) for sides in ((meeting.home, meeting.away) for meeting in meetings)}
    if not meetings:
        return []
    if len(pairs) > 1:
        raise InvalidRow("the meetings are not of two teams")
    meetings.sort(key=lambda meeting: meeting.kickoff_at, reverse=True)
    first, second = pairs.pop()
    return [HeadToHead((first, second), tuple(meetings))]


def _meeting(row: object) -> Meeting:
    fields = Fields(row)
    if _status(fields.at("fixture")) != "finished":
        raise OutOfScope("not played yet")
    goals = _pair(fields.at("score").at("fulltime"))
    if goals is None:
        raise InvalidRow("finished without goals")
    teams = fields.at("teams")
    return Meeting(
        competition=fields.at("league").name("name"),
        kickoff_at=_kickoff(fields.at("fixture")),
        home=teams.at("home").name("name"),
        away=teams.at("away").name("name"),
        goals=goals,
    )

"""ESPN's public scoreboard: fixtures, scores and match statistics, without a key.

Its dated form (``?dates=``) answers 400 since September 2026, so the undated one is asked: it shows the
current round of a league, which is what schedules need.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sabiscore.domain.facts import Event, Fact, Kind, Result, Status, TeamStatistics
from sabiscore.sources.base import Reply, Request, Wanted
from sabiscore.sources.reading import (
    Fields,
    InvalidRow,
    OutOfScope,
    bad_answer,
    read_json,
    read_number,
    read_season,
)
from sabiscore.sources.row_collector import ParsedRow, RowCollector

SLUGS: Mapping[str, str] = {
    "epl": "eng.1", "championship": "eng.2", "league-one": "eng.3", "league-two": "eng.4",
    "laliga": "esp.1", "segunda": "esp.2", "bundesliga": "ger.1", "bundesliga-2": "ger.2",
    "serie-a": "ita.1", "serie-b": "ita.2", "ligue-1": "fra.1", "ligue-2": "fra.2",
    "eredivisie": "ned.1", "pro-league": "bel.1", "primeira-liga": "por.1", "super-league": "gre.1",
    "super-lig": "tur.1", "scottish-premiership": "sco.1", "national-league": "eng.5",
    "scottish-championship": "sco.2", "scottish-league-one": "sco.3", "scottish-league-two": "sco.4",
}  # fmt: skip
_LEAGUES = {slug: league for league, slug in SLUGS.items()}

_NAMED: Mapping[str, Status] = {
    "STATUS_POSTPONED": "postponed",
    "STATUS_CANCELED": "postponed",
    "STATUS_ABANDONED": "abandoned",
    "STATUS_FORFEIT": "awarded",
    "STATUS_FULL_TIME": "finished",
    "STATUS_FINAL": "finished",
}
_BY_STATE: Mapping[str, Status] = {"pre": "scheduled", "in": "in_play"}

STATISTICS: Mapping[str, str] = {
    "totalShots": "shots",
    "shotsOnTarget": "on_target",
    "wonCorners": "corners",
    "foulsCommitted": "fouls",
}
_MOST_GOALS = 50
_MOST = 200


class Espn:
    """The source; nobody counts its requests, so it is asked sparingly."""

    name = "espn.com"
    origin = "https://site.api.espn.com"
    gives: frozenset[Kind] = frozenset({"fixtures", "results", "scores", "statistics"})
    keys: tuple[str, ...] = ()

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:
        """One scoreboard a league, when ``now`` is among the days wanted or next to them."""
        near = abs((now.date() - wanted.first).days) <= 7 or wanted.first <= now.date() <= wanted.last
        if not near or not wanted.kinds & self.gives:
            return []
        return [
            Request(
                url=f"{self.origin}/apis/site/v2/sports/soccer/{SLUGS[league]}/scoreboard",
                name=f"scoreboard/{league}",
            )
            for league in wanted.leagues
            if league in SLUGS
        ]

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """The matches of one league's scoreboard."""
        collector = RowCollector(provider=self.name)
        try:
            board = Fields(read_json(self.name, data), "the scoreboard")
            leagues = board.rows("leagues")
            if len(leagues) != 1:
                raise InvalidRow("leagues: not one league")
            league = _LEAGUES.get(Fields(leagues[0], "leagues").word("slug"))
            if league is None or request.name != f"scoreboard/{league}":
                raise InvalidRow("leagues.slug is not the league that was asked for")
            rows = board.rows("events")
        except InvalidRow as reason:
            raise bad_answer(self.name, str(reason)) from None
        collector.each(rows, lambda row: _match(row, league, collector))
        return collector.reply()


def _match(row: object, league: str, collector: RowCollector) -> ParsedRow:
    fields = Fields(row)
    competitions = fields.rows("competitions")
    if len(competitions) != 1:
        raise InvalidRow("competitions: not one match")
    match = Fields(competitions[0], "competition")
    if match.identity("id") != fields.identity("id"):
        raise InvalidRow("competition.id is of another event")
    kickoff_at = match.instant("date")
    home, away = _sides(match)
    event = Event(
        id=fields.identity("id"),
        league=league,
        season=read_season(fields.at("season").whole("year"), kickoff_at),
        kickoff_at=kickoff_at if match.read("timeValid", _flag) else None,
        home=home.at("team").name("displayName"),
        away=away.at("team").name("displayName"),
        neutral=match.maybe("neutralSite", _flag) is True,
    )
    status = _status(match)
    facts: list[Fact] = [_result(event.id, status, home, away, collector)]
    if status == "finished":
        facts += [fact for side in (home, away) for fact in _statistics(event.id, side, collector)]
    return ParsedRow(event, tuple(facts))


def _sides(match: Fields) -> tuple[Fields, Fields]:
    """The home and the away competitor, by what they are called and never by their order."""
    sides = {
        side.word("homeAway"): side
        for side in (Fields(row, "competitor") for row in match.rows("competitors"))
    }
    if set(sides) != {"home", "away"} or len(match.rows("competitors")) != 2:
        raise InvalidRow("competitors: not one home and one away")
    return sides["home"], sides["away"]


def _status(match: Fields) -> Status:
    kind = match.at("status").at("type")
    name, state = kind.word("name"), kind.word("state")
    if "AET" in name or "PEN" in name.split("_"):
        raise OutOfScope("decided after 90 minutes")
    status = _NAMED.get(name) or _BY_STATE.get(state)
    if status is None:
        raise InvalidRow("status.type.name is not one we know")
    if status == "finished" and state != "post":
        raise InvalidRow("status.type.state contradicts its name")
    return status


def _result(event: str, status: Status, home: Fields, away: Fields, collector: RowCollector) -> Result:
    """How a match stands; only one that is finished must have a score to be a result at all."""
    if status not in ("finished", "in_play", "awarded"):
        return Result(event, status)
    try:
        return Result(event, status, (home.whole("score", _MOST_GOALS), away.whole("score", _MOST_GOALS)))
    except InvalidRow as reason:
        if status == "finished":
            raise
        collector.set_aside[str(reason)] += 1
        return Result(event, status)


def _statistics(event: str, side: Fields, collector: RowCollector) -> list[TeamStatistics]:
    values: dict[str, float] = {}
    try:
        for row in side.rows("statistics"):
            line = Fields(row, "statistics")
            name = STATISTICS.get(line.word("name"))
            if name is not None:
                values[name] = line.read("displayValue", read_number)
                if not 0 <= values[name] <= _MOST or not values[name].is_integer():
                    raise InvalidRow(f"{name}: not a count")
    except InvalidRow as reason:
        collector.set_aside[str(reason)] += 1
        return []
    return [TeamStatistics(event, side.at("team").name("displayName"), values)] if values else []


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidRow("not true or false")
    return value

"""API-Football v3: fixtures, results, standings, statistics, head to head; the same behind RapidAPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from sabiscore.domain.facts import Kind, Result
from sabiscore.domain.match import season_on, season_start_year
from sabiscore.errors import SabiScoreError, SourceBusy, SourceDenied
from sabiscore.sources.api_football_reading import (
    LEAGUE_NUMBERS,
    read_fixture,
    read_meetings,
    read_season_statistics,
    read_standings,
    read_team_pair,
    read_team_statistics,
)
from sabiscore.sources.base import KeyPlace, Reply, Request, Wanted
from sabiscore.sources.reading import Fields, InvalidRow, bad_answer, read_json
from sabiscore.sources.row_collector import ParsedRow, RowCollector

MEETINGS = 10
"""Past matches of two teams that are asked for."""

_DENIED = frozenset({"access", "token", "plan", "key", "subscription"})
_BUSY = frozenset({"requests", "rateLimit"})


class ApiFootball:
    """The source; each request counts as one of the plan's requests a day."""

    name = "api-football.com"
    origin = "https://v3.football.api-sports.io"
    base = ""
    gives: frozenset[Kind] = frozenset(
        {"fixtures", "results", "scores", "standings", "statistics", "head_to_head"}
    )
    keys: tuple[str, ...] = ("SABISCORE_API_FOOTBALL_KEY",)
    _places = (KeyPlace("SABISCORE_API_FOOTBALL_KEY", "header", "x-apisports-key"),)
    _host: str | None = None

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:
        """Fixtures by day or by league, whichever are fewer requests; then a table a league."""
        kinds = wanted.kinds & self.gives
        leagues = [league for league in wanted.leagues if league in LEAGUE_NUMBERS]
        asked: list[Request] = []
        if leagues and kinds - {"standings"}:
            asked += self._fixtures(wanted, leagues, kinds)
        if "standings" in kinds:
            start = season_start_year(season_on(now.date()))
            asked += [
                self._request("standings", league=LEAGUE_NUMBERS[league], season=start) for league in leagues
            ]
        return asked

    def _fixtures(self, wanted: Wanted, leagues: Sequence[str], kinds: frozenset[Kind]) -> list[Request]:
        days = [wanted.first + timedelta(days=n) for n in range((wanted.last - wanted.first).days + 1)]
        more = kinds & {"statistics", "head_to_head"}
        given = " ".join(sorted([*more, *leagues])) if more else ""
        if len(days) <= len(leagues):
            return [self._request("fixtures", given, date=day, timezone="UTC") for day in days]
        season = season_start_year(season_on(wanted.last))
        span = {"from": wanted.first, "to": wanted.last}
        return [
            self._request(
                "fixtures", given, league=LEAGUE_NUMBERS[league], season=season, timezone="UTC", **span
            )
            for league in leagues
        ]

    def _request(self, path: str, given: str = "", **parameters: object) -> Request:
        query = urlencode(parameters)
        return Request(
            url=f"{self.origin}{self.base}/{path}?{query}",
            name=f"{path}?{query}",
            headers={"x-rapidapi-host": self._host} if self._host else {},
            keys=self._places,
            given=given,
        )

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """What the answer says, distinguished by the path of its request."""
        path, _, query = request.name.partition("?")
        collector = RowCollector(provider=self.name)
        try:
            answer = Fields(read_json(self.name, data), "the answer")
            self._check(answer, path)
            if path == "teams/statistics":
                collector.only(answer.read("response", lambda value: value), read_season_statistics)
            else:
                self._take(path, query, answer.rows("response"), request.given, collector)
        except InvalidRow as reason:
            raise bad_answer(self.name, str(reason)) from None
        return collector.reply()

    def _take(
        self, path: str, query: str, rows: Sequence[object], given: str, collector: RowCollector
    ) -> None:
        if path == "fixtures":
            collector.each(rows, partial(self._fixture, given=given, collector=collector))
        elif path == "standings":
            for row in rows:
                collector.only(row, read_standings)
        elif path == "fixtures/statistics":
            event = query.removeprefix("fixture=")
            collector.each(rows, partial(read_team_statistics, event=event, collector=collector))
        elif path == "fixtures/headtohead":
            collector.facts += read_meetings(rows, collector)
        else:
            raise bad_answer(self.name, "nobody asked for it")

    def _check(self, answer: Fields, path: str) -> None:
        """Raises what the answer's ``errors`` mean; they are a list when there are none."""
        errors = answer.read("errors", lambda value: value)
        if errors:
            raise self._refusal(set(errors) if isinstance(errors, dict) else set())
        if answer.word("get") != path:
            raise InvalidRow("it answers another request")

    def _refusal(self, words: set[object]) -> SabiScoreError:
        if words & _DENIED:
            return SourceDenied(
                f"{self.name} does not let us in.", hint=f"Check {self.keys[0]} and what its plan covers."
            )
        if words & _BUSY:
            return SourceBusy(f"{self.name} says that the quota is spent.", hint="It is asked again later.")
        return bad_answer(self.name, "it says that the request was wrong")

    def _fixture(self, row: object, given: str, collector: RowCollector) -> ParsedRow:
        taken = read_fixture(row, collector)
        event, result = taken.event, taken.facts[0]
        words = given.split()
        if event is None or not isinstance(result, Result) or event.league not in words:
            return taken
        more = []
        if result.status == "finished" and "statistics" in words:
            more.append(self._request("fixtures/statistics", fixture=event.id))
        if result.status == "scheduled" and "head_to_head" in words:
            home, away = read_team_pair(row)
            more.append(self._request("fixtures/headtohead", h2h=f"{home}-{away}", last=MEETINGS))
        return replace(taken, more=tuple(more))


class RapidApi(ApiFootball):
    """The same data behind RapidAPI's host: a backup for statistics and head to head."""

    name = "api-football (RapidAPI)"
    origin = "https://api-football-v1.p.rapidapi.com"
    base = "/v3"
    gives: frozenset[Kind] = frozenset({"statistics", "head_to_head"})
    keys = ("SABISCORE_RAPIDAPI_KEY",)
    _places = (KeyPlace("SABISCORE_RAPIDAPI_KEY", "header", "x-rapidapi-key"),)
    _host = "api-football-v1.p.rapidapi.com"

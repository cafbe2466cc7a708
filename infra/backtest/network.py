"""The network of a rehearsal: calls go through the real client, and end here instead of at a host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import httpx

from infra.backtest.answers import espn, football_data
from infra.backtest.answers.spelling import Spelling
from infra.backtest.answers.the_odds_api import OddsApi
from infra.backtest.season import PastSeason
from sabiscore.clock import Clock

FOOTBALL_DATA = "football-data.co.uk"
ODDS_API = "api.the-odds-api.com"
ESPN = "site.api.espn.com"


class PastNetwork(httpx.BaseTransport):
    """Answers what the providers would have at the instant of ``clock``; all else is not there (404).

    ``asked`` counts the calls by host.
    """

    def __init__(self, season: PastSeason, clock: Clock) -> None:
        self._season = season
        self._clock = clock
        self._files = {
            f"/mmz4281/{season.name}/{division.league.division}.csv": football_data.GrowingSeasonFile(
                division
            )
            for division in season.divisions.values()
        }
        self._odds = OddsApi(season, Spelling("the-odds-api.com", season))
        self._espn_names = Spelling("espn.com", season)
        self._hosts: dict[str, Callable[[httpx.URL], bytes | None]] = {
            FOOTBALL_DATA: self._football_data,
            ODDS_API: self._odds_api,
            ESPN: self._espn,
        }
        self.asked: dict[str, int] = dict.fromkeys(self._hosts, 0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._hosts.get(request.url.host)
        self.asked[request.url.host] = self.asked.get(request.url.host, 0) + 1
        body = None if answer is None else answer(request.url)
        if body is None:
            return httpx.Response(404)
        return httpx.Response(200, stream=httpx.ByteStream(body))  # read raw: not content

    def _football_data(self, url: httpx.URL) -> bytes | None:
        if url.path == "/fixtures.csv":
            return football_data.fixtures(self._season, self._clock.now())
        file = self._files.get(url.path)
        return None if file is None else file.at(self._clock.now())

    def _odds_api(self, url: httpx.URL) -> bytes | None:
        _, _, _, sport, what = url.path.split("/", 4)
        query = parse_qs(url.query.decode())
        markets = query.get("markets", [""])[0].split(",") if what == "odds" else []
        return self._odds.odds(sport, markets, self._clock.now())

    def _espn(self, url: httpx.URL) -> bytes | None:
        slug = url.path.removesuffix("/scoreboard").rsplit("/", 1)[-1]
        return espn.scoreboard(self._season, slug, self._espn_names, self._clock.now())

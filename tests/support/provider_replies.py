"""Replies of providers for tests: made up (in tests/replies), and real ones where the data are there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sabiscore.sources.api_football import ApiFootball, RapidApi
from sabiscore.sources.base import Provider, Reply, Request
from sabiscore.sources.betfair import Betfair
from sabiscore.sources.espn import Espn
from sabiscore.sources.licensed_feed import fbref, transfermarkt
from sabiscore.sources.pinnacle import Pinnacle
from sabiscore.sources.the_odds_api import TheOddsApi
from sabiscore.sources.understat import Understat

MADE_UP = Path(__file__).parents[1] / "replies"
GIVEN = json.dumps(
    {
        "1.900000001": ["31000001", "1x2", [101, 58805, 102]],
        "1.900000002": ["31000001", "ou25", [47973, 47972]],
    }
)
"""What the made-up catalogue says of the markets in the made-up books."""


FROM_FILES_ONLY = {"national-league", "scottish-championship", "scottish-league-one", "scottish-league-two"}
"""Leagues that not every live source tells of, and that none is asked for: they feed ratings."""


@dataclass(frozen=True, slots=True)
class Case:
    """One reply: who sent it, to which request, in which file."""

    provider: Provider
    name: str
    path: Path
    given: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.provider.name}-{self.path.stem}"

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    def parse(self, data: bytes | None = None) -> Reply:
        request = Request(url="https://made.up", name=self.name, given=self.given)
        return self.provider.parse(request, self.data if data is None else data, self.headers)


def _made_up(provider: Provider, name: str, file: str, given: str = "", **headers: str) -> Case:
    return Case(provider, name, MADE_UP / file, given, {k.replace("_", "-"): v for k, v in headers.items()})


DATE = "Fri, 12 Sep 2031 09:31:00 GMT"
CASES = (
    _made_up(
        TheOddsApi(),
        "odds/epl",
        "the_odds_api_odds.json",
    ),
    _made_up(TheOddsApi(), "events/epl", "the_odds_api_events.json"),
    _made_up(
        ApiFootball(),
        "fixtures?date=2031-09-13&timezone=UTC",
        "api_football_fixtures.json",
        "epl head_to_head statistics",
    ),
    _made_up(ApiFootball(), "fixtures/headtohead?h2h=34-51&last=10", "api_football_headtohead.json"),
    _made_up(ApiFootball(), "standings?league=39&season=2031", "api_football_standings.json"),
    _made_up(ApiFootball(), "teams/statistics?league=39", "api_football_team_season.json"),
    _made_up(RapidApi(), "fixtures/statistics?fixture=900001", "api_football_match_statistics.json"),
    _made_up(Espn(), "scoreboard/epl", "espn_scoreboard.json"),
    _made_up(Betfair(), "listMarketCatalogue", "betfair_catalogue.json"),
    _made_up(Betfair(), "listMarketBook", "betfair_books.json", GIVEN, date=DATE),
    _made_up(Pinnacle(), "fixtures", "pinnacle_fixtures.json"),
    _made_up(Pinnacle(), "odds", "pinnacle_odds.json"),
    _made_up(Understat(), "season/laliga/2031", "understat_season.json"),
    _made_up(Understat(), "matches.csv", "understat_matches.csv"),
    _made_up(fbref("https://feed.made.up/x"), "feed", "licensed_matches.csv"),
    _made_up(transfermarkt("https://feed.made.up/y"), "feed", "licensed_values.json"),
)
BY_FILE = {case.path.name: case for case in CASES}


def data_folder() -> Path | None:
    """The folder of real data, when there is one."""
    folder = os.environ.get("SABISCORE_TEST_DATA")
    return Path(folder) if folder else None


def real_cases() -> list[Case]:
    """Replies that providers really sent (and two that only look so), when the data are there."""
    folder = data_folder()
    samples = folder / "api-samples" if folder else None
    if samples is None or not samples.is_dir():
        return []
    named: list[tuple[Provider, str, str]] = [
        (TheOddsApi(), "odds/epl", "the-odds-api/odds_h2h_captured_2025-03-22.json"),
        (TheOddsApi(), "odds/epl", "the-odds-api/odds_h2h_captured_2026-07-13_first_bookmaker.json"),
        (TheOddsApi(), "odds/epl", "the-odds-api/odds_multi_market_SYNTHETIC.json"),
        (ApiFootball(), "fixtures?live=all", "api-football/fixtures_live.json"),
        (ApiFootball(), "fixtures/headtohead?h2h=33-34", "api-football/fixtures_headtohead.json"),
        (ApiFootball(), "standings?league=39", "api-football/standings.json"),
        (ApiFootball(), "teams/statistics?team=33", "api-football/teams_statistics.json"),
        (RapidApi(), "fixtures/statistics?fixture=215662", "api-football/fixtures_statistics.json"),
        (Betfair(), "listMarketCatalogue", "betfair/list_market_catalogue.json"),
        (Betfair(), "listMarketBook", "betfair/list_market_book.json"),
        (Pinnacle(), "fixtures", "pinnacle/fixtures_v3_SYNTHETIC.json"),
        (Pinnacle(), "odds", "pinnacle/odds_v3_SYNTHETIC.json"),
    ]
    return [Case(provider, name, samples / file) for provider, name, file in named]

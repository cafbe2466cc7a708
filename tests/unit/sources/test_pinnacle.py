from __future__ import annotations

from datetime import UTC, date, datetime

from sabiscore.domain.facts import Quote
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.sources.base import Wanted
from sabiscore.sources.pinnacle import NUMBERS, Pinnacle
from tests.support.provider_replies import BY_FILE, FROM_FILES_ONLY

NOW = datetime(2031, 9, 12, 10, tzinfo=UTC)


def test_fixtures_and_odds_of_all_leagues_are_two_requests():
    wanted = Wanted(frozenset({"odds"}), ("epl", "laliga"), date(2031, 9, 12), date(2031, 9, 19))
    fixtures, odds = Pinnacle().requests(wanted, NOW)
    assert fixtures.url == "https://api.pinnacle.com/v3/fixtures?sportId=29&leagueIds=1980,2196"
    assert odds.name == "odds"
    assert odds.keys[0].variable == "SABISCORE_PINNACLE_AUTHORIZATION"


def test_every_league_has_its_number():
    assert set(NUMBERS) == set(LEAGUE_BY_KEY) - FROM_FILES_ONLY


def test_corners_are_no_match():
    reply = BY_FILE["pinnacle_fixtures.json"].parse()
    assert [(event.id, event.home, event.away) for event in reply.events] == [
        ("700001", "Fulham", "Newcastle United")
    ]
    assert [row.reason for row in reply.refused] == ["no count of goals"]


def test_the_whole_match_and_the_main_lines_are_taken():
    at = datetime(2031, 9, 12, 9, 30, tzinfo=UTC)
    assert BY_FILE["pinnacle_odds.json"].parse().of(Quote) == (
        Quote(event="700001", market="1x2", book="ps", prices=(2.9, 3.55, 2.5), line=None, quoted_at=at),
        Quote(event="700001", market="ou25", book="ps", prices=(1.9, 1.98), line=None, quoted_at=at),
        Quote(event="700001", market="ah", book="ps", prices=(1.83, 2.08), line=0.25, quoted_at=at),
    )

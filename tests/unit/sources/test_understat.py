from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import ExpectedGoals, Result
from sabiscore.errors import BadAnswer
from sabiscore.sources.base import Request, Wanted
from sabiscore.sources.understat import Understat
from tests.support.provider_replies import BY_FILE, data_folder

CASE = BY_FILE["understat_season.json"]
TABLE = BY_FILE["understat_matches.csv"]


def test_a_season_of_a_served_league_is_one_request():
    wanted = Wanted(frozenset({"xg"}), ("laliga", "championship"), date(2032, 4, 1), date(2032, 4, 8))
    (request,) = Understat().requests(wanted, datetime(2032, 4, 8, tzinfo=UTC))
    assert (request.url, request.name) == (
        "https://understat.com/getLeagueData/La_liga/2031",
        "season/laliga/2031",
    )
    assert request.headers == {"x-requested-with": "XMLHttpRequest"}


def test_played_matches_have_expected_goals():
    reply = CASE.parse()
    assert reply.of(ExpectedGoals) == (
        ExpectedGoals("600001", 1.40217, 0.98311),
        ExpectedGoals("600003", 0.3, 2.25),
    )
    assert reply.of(Result)[0] == Result("600001", "finished", (1, 1))
    assert {event.season for event in reply.events} == {"3132"}
    assert [row.reason for row in reply.refused] == ["not played yet"]


def test_a_table_of_matches_is_read_by_its_header():
    reply = TABLE.parse()
    assert [(event.league, event.home, event.away) for event in reply.events] == [
        ("laliga", "Espanyol", "Celta Vigo"),
        ("serie-a", "AC Milan", "Inter"),
    ]
    assert [fact.home for fact in reply.of(ExpectedGoals)] == [1.75, 0.41]
    assert [row.reason for row in reply.refused] == ["another league"]


def test_matches_of_another_season_are_refused():
    with pytest.raises(BadAnswer, match="outside the season"):
        CASE.parse(CASE.data.replace(b"2031-09-13", b"2033-09-13"))


@pytest.mark.skipif(data_folder() is None, reason="the made-up table above stands in for the real one")
def test_the_real_table_is_read_whole():
    folder = data_folder()
    assert folder is not None
    data = (folder / "understat/understat_matches.csv").read_bytes()
    reply = Understat().parse(Request(url="https://made.up", name="understat_matches.csv"), data, {})
    assert len(reply.of(ExpectedGoals)) == len(reply.events) == 12_602
    assert {row.reason for row in reply.refused} == {"another league"}  # Russia
    assert len(reply.refused) == 1_680

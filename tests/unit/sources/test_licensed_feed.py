from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import ExpectedGoals, Result, SquadValue, TeamStatistics
from sabiscore.errors import BadAnswer
from sabiscore.sources.base import Wanted
from sabiscore.sources.licensed_feed import fbref, opta, transfermarkt
from tests.support.provider_replies import BY_FILE


def test_a_feed_is_one_request_to_its_address_for_what_it_gives():
    wanted = Wanted(frozenset({"squad_value"}), ("epl",), date(2031, 9, 1), date(2031, 9, 1))
    now = datetime(2031, 9, 1, tzinfo=UTC)
    feed = transfermarkt("https://feed.example.com/values.json")
    assert [request.url for request in feed.requests(wanted, now)] == ["https://feed.example.com/values.json"]
    assert feed.origin == "https://feed.example.com"
    assert fbref("https://feed.example.com/x").requests(wanted, now) == []
    assert opta("https://feed.example.com/x").name == "opta"


def test_matches_with_whatever_the_licence_gives():
    reply = BY_FILE["licensed_matches.csv"].parse()
    first, second = reply.events
    assert (first.league, first.home, second.league, second.away) == (
        "epl", "Fulham", "bundesliga", "FC Köln",
    )  # fmt: skip
    assert [fact.goals for fact in reply.of(Result)] == [(2, 1), (0, 0)]
    assert reply.of(ExpectedGoals) == (ExpectedGoals(first.id, 1.9, 0.8),)
    assert [fact.values for fact in reply.of(TeamStatistics)][:2] == [{"shots": 14.0}, {"shots": 9.0}]
    assert [row.reason for row in reply.refused] == ["another league"]


def test_squad_values_in_euros():
    first, second = BY_FILE["licensed_values.json"].parse().of(SquadValue)
    assert first == SquadValue("bundesliga", "3132", "Bayer 04 Leverkusen", 512_300_000.0, date(2031, 9, 1))
    assert second.euros == 334_000_000.0


def test_latin_1_and_a_mark_are_read_but_two_equal_columns_are_refused():
    case = BY_FILE["licensed_matches.csv"]
    text = case.data.decode()
    assert case.parse(text.encode("latin-1")) == case.parse()
    assert case.parse(b"\xef\xbb\xbf" + case.data) == case.parse()
    with pytest.raises(BadAnswer, match="named twice"):
        case.parse(text.replace("home_xg", "home", 1).encode())

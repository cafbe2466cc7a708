from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import Event, Quote
from sabiscore.errors import SourceBusy, SourceDenied
from sabiscore.sources.base import Wanted
from sabiscore.sources.the_odds_api import SPORTS, TheOddsApi
from tests.support.provider_replies import BY_FILE, FROM_FILES_ONLY, data_folder, real_cases

CASE = BY_FILE["the_odds_api_odds.json"]
NOW = datetime(2031, 9, 12, 10, tzinfo=UTC)
WEEK = Wanted(frozenset({"odds"}), ("epl", "laliga"), date(2031, 9, 12), date(2031, 9, 19))


def test_a_request_a_league_costs_a_credit_a_market_and_region_and_holds_no_key():
    first, second = TheOddsApi(("h2h", "totals"), ("eu", "uk")).requests(WEEK, NOW)
    assert (first.name, second.name, first.cost) == ("odds/epl", "odds/laliga", 4)
    assert first.url.startswith("https://api.the-odds-api.com/v4/sports/soccer_epl/odds?")
    assert "commenceTimeFrom=2031-09-12T00%3A00%3A00Z" in first.url
    assert "apiKey" not in first.url
    (key,) = first.keys
    assert (key.variable, key.place, key.field) == ("SABISCORE_THE_ODDS_API_KEY", "query", "apiKey")


def test_fixtures_alone_cost_nothing_and_other_facts_are_not_asked_for():
    only = Wanted(frozenset({"fixtures"}), ("epl",), date(2031, 9, 12), date(2031, 9, 19))
    (request,) = TheOddsApi().requests(only, NOW)
    assert (request.name, request.cost) == ("events/epl", 0)
    assert TheOddsApi().requests(Wanted(frozenset({"xg"}), ("epl",), only.first, only.last), NOW) == []


def test_every_league_has_its_sport():
    from sabiscore.domain.league import LEAGUE_BY_KEY

    assert set(SPORTS) == set(LEAGUE_BY_KEY) - FROM_FILES_ONLY


def test_prices_are_found_by_the_names_of_outcomes_in_whatever_order():
    reply = CASE.parse()
    at, event = datetime(2031, 9, 12, 9, 30, tzinfo=UTC), "made-up-1"
    assert reply.of(Quote) == (
        Quote(event=event, market="1x2", book="ps", prices=(2.4, 3.6, 3.0), line=None, quoted_at=at),
        Quote(event=event, market="ou25", book="ps", prices=(1.85, 2.05), line=None, quoted_at=at),
        Quote(event=event, market="ah", book="ps", prices=(1.93, 1.97), line=-0.25, quoted_at=at),
        Quote(event=event, market="1x2", book="bfe", prices=(2.46, 3.65, 3.1), line=None, quoted_at=at),
        Quote(
            event=event, market="1x2", book="made_up_book", prices=(2.35, 3.5, 2.95), line=None, quoted_at=at
        ),
    )
    assert reply.set_aside == {"ou25: another line": 1, "1x2: a price outside 1.01 to 1000": 1}
    assert [event.home for event in reply.events][1:] == ["Sheffield United", "Wolverhampton Wanderers"]


def test_a_list_of_events_has_no_prices():
    reply = BY_FILE["the_odds_api_events.json"].parse()
    kickoff = datetime(2031, 9, 13, 14, tzinfo=UTC)
    assert reply.events == (
        Event(
            id="made-up-4",
            league="epl",
            season=None,
            kickoff_at=kickoff,
            home="Arsenal",
            away="Nottingham Forest",
        ),
    )
    assert not reply.facts
    assert not reply.set_aside


@pytest.mark.parametrize("price", [1, 0, -2, 1e308, 1.0001, 1e9, "NaN", "1,5", None, True, [], "x" * 10_000])
def test_a_price_that_cannot_be_is_set_aside_with_its_market(price):
    rows = json.loads(CASE.data)
    rows[0]["bookmakers"][0]["markets"][0]["outcomes"][0]["price"] = price
    reply = CASE.parse(json.dumps(rows).encode())
    assert not [quote for quote in reply.of(Quote) if (quote.book, quote.market) == ("ps", "1x2")]
    assert len(reply.of(Quote)) == 4
    assert sum(reply.set_aside.values()) == 3


def test_a_price_of_a_match_that_is_on_is_set_aside():
    text = CASE.data.replace(b"2031-09-12T09:30:00Z", b"2031-09-13T14:00:00Z")
    reply = CASE.parse(text)
    assert not reply.facts
    assert reply.set_aside["1x2: quoted in play"] == 3


def test_a_book_with_a_key_of_ours_is_not_taken_for_that_book():
    reply = CASE.parse(CASE.data.replace(b'"made_up_book"', b'"avg"'))
    assert not [quote for quote in reply.of(Quote) if quote.book == "avg"]
    assert reply.set_aside["a book's key that means something else here"] == 1


def test_a_second_quote_of_one_book_is_set_aside():
    reply = CASE.parse(CASE.data.replace(b'"made_up_book"', b'"betfair_ex_uk"'))
    assert len([quote for quote in reply.of(Quote) if quote.book == "bfe"]) == 1
    assert reply.set_aside["a second quote of one book"] == 1


def test_the_same_event_again_is_refused_by_its_place():
    rows = json.loads(CASE.data)
    reply = CASE.parse(json.dumps([*rows, rows[0]]).encode())
    assert [(row.line, row.reason) for row in reply.refused] == [(4, "the same event again")]
    assert len(reply.of(Quote)) == 5


@pytest.mark.parametrize(
    ("code", "error"), [("OUT_OF_USAGE_CREDITS", SourceBusy), ("INVALID_KEY", SourceDenied)]
)
def test_an_error_document_says_what_to_do(code, error):
    with pytest.raises(error, match=r"^the-odds-api\.com"):
        CASE.parse(json.dumps({"message": "vendor's words", "error_code": code}).encode())


@pytest.mark.skipif(data_folder() is None, reason="the made-up replies above stand in for real captures")
def test_real_captures_are_read_whole():
    cases = [case for case in real_cases() if case.provider.name == "the-odds-api.com"]
    march, july, many = (case.parse() for case in cases)
    assert march.events[0].home == "Arsenal"
    assert march.of(Quote)[0].prices == (1.5, 4.33, 8.0)
    assert july.of(Quote)[0].book == "bf"
    assert [(quote.market, quote.book) for quote in many.of(Quote)] == [
        ("1x2", "ps"), ("ah", "ps"), ("1x2", "bfe"),
    ]  # fmt: skip
    assert many.set_aside == {"ou25: another line": 1}
    assert not march.refused + july.refused + many.refused

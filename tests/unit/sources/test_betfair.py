from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import Depth, Level, Quote
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.errors import SourceDenied
from sabiscore.sources.base import Wanted
from sabiscore.sources.betfair import COMPETITIONS, Betfair
from tests.support.provider_replies import (
    BY_FILE,
    FROM_FILES_ONLY,
    GIVEN,
    MADE_UP,
    Case,
    data_folder,
    real_cases,
)

CATALOGUE = BY_FILE["betfair_catalogue.json"]
BOOKS = BY_FILE["betfair_books.json"]
NOW = datetime(2031, 9, 12, 9, 31, tzinfo=UTC)


def test_the_catalogue_is_asked_for_with_both_credentials_in_headers():
    wanted = Wanted(frozenset({"depth"}), ("epl",), date(2031, 9, 12), date(2031, 9, 14))
    (request,) = Betfair().requests(wanted, NOW)
    call = json.loads(request.body)
    assert (request.method, call["method"]) == ("POST", "SportsAPING/v1.0/listMarketCatalogue")
    assert call["params"]["filter"]["competitionIds"] == ["10932509"]
    assert [(key.place, key.field) for key in request.keys] == [
        ("header", "X-Application"),
        ("header", "X-Authentication"),
    ]


def test_every_league_has_its_competition():
    assert set(COMPETITIONS) == set(LEAGUE_BY_KEY) - FROM_FILES_ONLY


def test_a_catalogue_gives_events_and_the_books_to_ask_for():
    reply = CATALOGUE.parse()
    (event,) = reply.events
    assert (event.id, event.home, event.away) == ("31000001", "Aston Villa", "Man Utd")
    (books,) = reply.more
    assert json.loads(books.body)["params"]["marketIds"] == ["1.900000001", "1.900000002"]
    assert json.loads(books.given) == json.loads(GIVEN)
    assert [row.reason for row in reply.refused] == ["another league"]


def test_more_markets_than_a_request_may_name_are_asked_for_in_several():
    answer = json.loads(CATALOGUE.data)
    market = answer["result"][0]
    answer["result"] = [
        {**market, "marketId": f"1.{n}", "event": {**market["event"], "id": str(n)}} for n in range(95)
    ]
    reply = CATALOGUE.parse(json.dumps(answer).encode())
    assert [len(json.loads(request.given)) for request in reply.more] == [40, 40, 15]


def test_depth_is_in_the_markets_order_with_the_best_price_first():
    winner, goals = BOOKS.parse().of(Depth)
    assert (winner.event, winner.market, winner.quoted_at) == ("31000001", "1x2", NOW)
    assert [levels[0].odds for levels in winner.back] == [2.38, 3.7, 3.2]
    assert winner.back[0] == (Level(2.38, 200.5), Level(2.36, 90.0), Level(2.34, 50.0))
    assert winner.lay[0] == (Level(2.4, 150.0), Level(2.42, 30.0))
    assert goals.back[0][0].odds == 1.95  # over
    assert goals.quoted_at == datetime(2031, 9, 12, 9, 28, tzinfo=UTC)  # a delayed key


def test_the_best_prices_to_back_at_are_the_exchanges_quote():
    winner, goals = BOOKS.parse().of(Quote)
    assert (winner.book, winner.prices) == ("bfe", (2.38, 3.7, 3.2))
    assert goals.market == "ou25"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inplay": True}, "in play"),
        ({"status": "SUSPENDED"}, "not open"),
        ({"marketId": "1.1"}, "a market that was not asked for"),
    ],
)
def test_a_market_without_prices_of_before_kick_off_is_refused(change, reason):
    answer = json.loads(BOOKS.data)
    answer["result"][0] |= change
    reply = BOOKS.parse(json.dumps(answer).encode())
    assert [row.reason for row in reply.refused] == [reason]
    assert len(reply.of(Depth)) == 1


def test_one_side_without_offers_has_depth_but_no_quote():
    answer = json.loads(BOOKS.data)
    answer["result"][0]["runners"][1]["ex"]["availableToLay"] = []
    reply = BOOKS.parse(json.dumps(answer).encode())
    assert len(reply.of(Depth)) == 2
    assert reply.set_aside == {"1x2 bfe: an outcome without both sides": 1}


def test_a_session_that_has_ended_is_distinguished_from_a_bad_answer():
    with pytest.raises(SourceDenied, match=r"betfair\.com does not take the session"):
        Case(Betfair(), "listMarketCatalogue", MADE_UP / "betfair_no_session.json").parse()


@pytest.mark.skipif(
    data_folder() is None, reason="the made-up replies above stand in for the client's fixtures"
)
def test_replies_of_other_sports_and_leagues_give_nothing_and_say_so():
    reasons = [case.parse().refused[0].reason for case in real_cases() if case.provider.name == "betfair.com"]
    assert reasons == ["another league", "a market that was not asked for"]

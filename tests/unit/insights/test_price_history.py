"""The prices of a match as readers see them move: opening to now, the best price, and each book's margin."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sabiscore.publication.price_history import PriceHistory, PricePoint, PriceSeries, plain_history
from sabiscore.publication.supplements import PRICES, encode_parts, put_supplements, read_supplements
from tests.support.served import KICKOFF, NOW, world

ID = "epl-2526-arsenal-chelsea"
PATH = f"/api/v1/matches/{ID}/prices"
HOUR = timedelta(hours=1)


def series(book, *points, market="1x2", line=None) -> PriceSeries:
    made = tuple(PricePoint(NOW - hours * HOUR, odds, "the-odds-api.com") for hours, odds in points)
    return PriceSeries(market, book, line, made)


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def tell(served, *of: PriceSeries, seen=99) -> None:
    parts = {ID: plain_history(PriceHistory(of, seen))}
    put_supplements(served.folder, {PRICES: (encode_parts(parts), "jsonl")})


def markets(served) -> list[dict]:
    return served.client.get(PATH).json()["markets"]


def test_each_book_opens_somewhere_and_is_somewhere_now(served):
    tell(
        served,
        series("b365", (30, (2.1, 3.5, 3.8)), (2, (2.0, 3.6, 3.9))),
        series("ps", (1, (2.05, 3.5, 3.9))),
        series("avg", (1, (2.3, 3.9, 4.4))),
    )
    document = served.client.get(PATH).json()
    (market,) = document["markets"]
    assert (market["market"], market["outcomes"]) == ("1x2", ["home", "draw", "away"])
    b365, ps, _ = market["books"]
    assert (b365["opening"]["odds"], b365["now"]["odds"]) == ([2.1, 3.5, 3.8], [2.0, 3.6, 3.9])
    assert b365["margin"] == pytest.approx(1 / 2.0 + 1 / 3.6 + 1 / 3.9 - 1)
    assert (b365["best"], ps["best"]) == (["draw", "away"], ["home", "away"])
    assert [(best["outcome"], best["odds"], best["book"]) for best in market["best"]] == [
        ("home", 2.05, "ps"),
        ("draw", 3.6, "b365"),
        ("away", 3.9, "b365"),
    ], "an average is nobody's offer"
    assert (document["points"], document["seen"], document["freshness"]["age_s"]) == (4, 99, 3600)


def test_each_line_of_the_handicap_is_a_market_of_its_own(served):
    lines = [series("ps", (1, (1.9, 1.95)), market="ah", line=line) for line in (-0.5, -0.75)]
    tell(served, *lines)
    assert [(market["line"], market["outcomes"]) for market in markets(served)] == [
        (-0.75, ["home", "away"]),
        (-0.5, ["home", "away"]),
    ]


def test_a_stale_price_is_never_the_best(served):
    tell(served, series("b365", (60, (9.0, 9.0, 9.0))), series("ps", (1, (2.0, 3.5, 3.9))))
    (market,) = markets(served)
    assert [book["stale"] for book in market["books"]] == [True, False]
    assert {best["book"] for best in market["best"]} == {"ps"}


def test_without_a_history_the_prices_of_the_publication_stand_alone(served):
    document = served.client.get(PATH).json()
    assert [(market["market"], len(market["books"])) for market in document["markets"]] == [
        ("1x2", 3),
        ("ou25", 1),
        ("ah", 1),
    ]
    assert all(len(book["points"]) == 1 for market in document["markets"] for book in market["books"])
    assert document["unknown"] == {"markets.books.points": "No earlier prices were collected."}


def test_a_match_without_prices_says_so(served):
    document = served.client.get("/api/v1/matches/epl-2526-man-united-tottenham/prices").json()
    assert (document["markets"], document["unknown"]) == (
        [],
        {"markets": "No price of this match is known."},
    )


def test_a_new_price_shows_at_once(served):
    tell(served, series("ps", (2, (2.0, 3.5, 3.9))))
    assert markets(served)[0]["books"][0]["now"]["odds"][0] == 2.0
    tell(served, series("ps", (2, (2.0, 3.5, 3.9)), (1, (1.9, 3.6, 4.0))))
    assert markets(served)[0]["books"][0]["now"]["odds"][0] == 1.9


def test_a_history_that_was_altered_is_not_shown(served):
    tell(served, series("ps", (2, (2.0, 3.5, 3.9))))
    read_supplements(served.folder).files[PRICES].path.write_bytes(b"")
    document = served.client.get(PATH).json()
    assert document["unknown"] == {"markets.books.points": "Earlier prices cannot be read."}
    assert document["markets"]


@pytest.mark.parametrize("path", [PATH, "/api/v1/matches/epl-2526-a-b/prices"])
def test_prices_are_shown_until_kick_off_only(served, path):
    served.clock.at = KICKOFF
    assert served.client.get(path).status_code == 404

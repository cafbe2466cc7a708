"""Quotes become snapshots with a true date, and snapshots a match's prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sabiscore.domain.facts import Quote
from sabiscore.domain.match import Match
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.identity.resolve import Resolved
from sabiscore.pipeline.market_probabilities import market_probabilities
from sabiscore.pipeline.odds_snapshots import priced, seen_prices
from sabiscore.sources.base import Reply
from sabiscore.store.snapshots import Snapshot
from tests.support.cas_stores import NOON

KICKOFF = NOON + timedelta(hours=5)
MATCH = Match(
    league="epl", season="2526", day=KICKOFF.date(), home="arsenal", away="chelsea", kickoff_at=KICKOFF
)
MINUTE = timedelta(minutes=1)


def quote(book: str, *prices: float, at: datetime | None = NOON - MINUTE, market="1x2", line=None) -> Quote:
    return Quote(
        event="e", market=market, book=book, prices=prices or (2.0, 3.5, 4.0), line=line, quoted_at=at
    )


def seen(*quotes: Quote, now=NOON, latest=(), kickoff=KICKOFF) -> list[Snapshot]:
    gathered = FetchedFacts({"source": (Reply(provider="source", facts=quotes),)})
    resolved = {"source": Resolved({"e": MATCH.id}, (), {})}
    return seen_prices(gathered, resolved, {MATCH.id: kickoff}, {MATCH.id: latest}, now)


def by_book(snapshots):
    return {snapshot.book: snapshot for snapshot in snapshots}


def test_a_price_is_dated_by_its_source_and_never_after_it_was_fetched():
    found = by_book(seen(quote("b365"), quote("ps", at=NOON + MINUTE), quote("wh", at=None)))
    assert {book: found[book].quoted_at for book in ("b365", "ps", "wh")} == {
        "b365": NOON - MINUTE, "ps": NOON, "wh": NOON,
    }  # fmt: skip
    assert all(snapshot.fetched_at == NOON for snapshot in found.values())


def test_an_average_and_a_best_price_are_made_of_bookmakers_that_quote_together():
    found = by_book(
        seen(
            quote("b365", 2.0, 3.5, 4.0),
            quote("unibet_eu", 2.1, 3.3, 4.1),
            quote("bfe", 9.0, 9.0, 9.0),
            quote("wh", 5.0, 5.0, 5.0, at=NOON - timedelta(hours=4)),
        )
    )
    assert set(found) == {"b365", "bfe", "wh", "avg", "max"}
    assert found["avg"].odds == (2.05, 3.4, 4.05)
    assert found["max"].odds == (2.1, 3.5, 4.1)


def test_a_computed_average_is_as_old_as_the_newest_quote_in_it():
    found = by_book(seen(quote("b365", at=NOON - 5 * MINUTE), quote("ps", at=NOON - 3 * MINUTE)))
    assert {found[book].quoted_at for book in ("avg", "max")} == {NOON - 3 * MINUTE}
    assert by_book(seen(quote("b365"), quote("ps", at=NOON + MINUTE)))["avg"].quoted_at == NOON


def test_an_average_that_changes_without_a_newer_quote_is_dated_when_it_was_computed():
    before = by_book(seen(quote("b365", 2.0, 3.5, 4.0), quote("ps", 2.0, 3.5, 4.0)))["avg"]
    joined = seen(quote("b365"), quote("ps"), quote("wh", 2.3, 3.5, 4.0), latest=[before], now=NOON + MINUTE)
    assert by_book(joined)["avg"].odds == (2.1, 3.5, 4.0)
    assert by_book(joined)["avg"].quoted_at == NOON + MINUTE


def test_a_source_that_states_an_average_is_believed():
    found = by_book(seen(quote("b365"), quote("ps"), quote("avg", 1.9, 3.4, 3.9)))
    assert found["avg"].odds == (1.9, 3.4, 3.9)


def test_nothing_quoted_from_kick_off_on_is_kept():
    late = KICKOFF + MINUTE
    kept = seen(quote("b365"), quote("ps", at=late), quote("wh", at=None), now=late)
    assert [snapshot.book for snapshot in kept] == ["b365"]


def test_an_undated_price_that_stays_is_put_down_twice_an_hour():
    (first,) = seen(quote("wh", at=None))
    again = NOON + timedelta(minutes=29)
    assert seen(quote("wh", at=None), latest=[first], now=again) == []
    assert len(seen(quote("wh", at=None), latest=[first], now=NOON + timedelta(minutes=30))) == 1
    assert len(seen(quote("wh", 2.1, 3.5, 4.0, at=None), latest=[first], now=again)) == 1


def test_a_dated_price_is_put_down_once_and_again_when_its_date_or_its_source_is_another():
    (first,) = seen(quote("ps"))
    assert seen(quote("ps"), latest=[first]) == []
    assert len(seen(quote("ps", at=NOON), latest=[first])) == 1
    assert len(seen(quote("ps", at=NOON - timedelta(hours=1)), latest=[first])) == 1
    assert len(seen(quote("ps"), latest=[replace(first, source="other")])) == 1


def test_closing_columns_and_events_that_are_none_of_ours_are_left_out():
    assert seen(replace(quote("ps"), phase="close"), replace(quote("ps"), event="other")) == []


def snapshot(book: str, at: datetime = NOON, market="1x2", odds=(2.0, 3.5, 4.0), line=None) -> Snapshot:
    return Snapshot(
        match_id=MATCH.id,
        market=market,
        book=book,
        odds=odds,
        quoted_at=at,
        source="source",
        fetched_at=NOON,
        line=line,
    )


def test_prices_that_stand_together_are_dated_by_the_oldest_of_them():
    old, far = NOON - timedelta(hours=2), NOON - timedelta(hours=4)
    match = priced(MATCH, [snapshot("ps"), snapshot("wh", old), snapshot("bw", far)])
    assert set(match.prices) == {("1x2", "ps", "pre"), ("1x2", "wh", "pre")}
    assert match.priced_at == old


def test_what_is_newer_in_the_files_stays():
    known = replace(MATCH, prices={("1x2", "avg", "pre"): (2.2, 3.3, 3.6)}, priced_at=NOON + MINUTE)
    assert priced(known, [snapshot("ps")]) == known
    assert priced(known, []) == known


def test_handicaps_of_one_line_only_stand_beside_each_other():
    snapshots = [snapshot("ps"), snapshot("avg", market="ah", odds=(1.9, 2.0), line=-0.5)]
    other = snapshot("b365", market="ah", odds=(1.5, 2.6), line=-0.25)
    match = priced(MATCH, [*snapshots, other])
    assert match.lines == {"pre": -0.5}
    assert ("ah", "b365", "pre") not in match.prices
    assert match.prices["ah", "avg", "pre"] == (1.9, 2.0)


def test_closing_prices_join_the_early_ones():
    match = priced(priced(MATCH, [snapshot("ps")]), [snapshot("ps", odds=(1.8, 3.7, 4.9))], "close")
    assert match.prices["1x2", "ps", "pre"] == (2.0, 3.5, 4.0)
    assert match.prices["1x2", "ps", "close"] == (1.8, 3.7, 4.9)
    assert match.priced_at == NOON


@pytest.mark.parametrize("odds", [{}, {"max": (2.0, 3.5, 4.0)}, {"ps": (2.0, 3.5)}, {"ps": (0.5, 3.5, 4.0)}])
def test_no_market_no_opinion(odds):
    assert market_probabilities(odds) is None


def test_the_average_counts_before_single_books():
    assert market_probabilities({"avg": (3.0, 3.0, 3.0), "ps": (1.5, 4.0, 7.0)}) == pytest.approx(
        (1 / 3, 1 / 3, 1 / 3)
    )

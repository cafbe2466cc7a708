"""The published history of prices: every book from opening to now, thinned, and read again only where new."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sabiscore.pipeline.price_history import history_of, publish_prices
from sabiscore.publication.price_history import MOST_POINTS, read_history
from sabiscore.publication.supplements import PRICES, put_supplements, read_supplements
from sabiscore.store.snapshots import Snapshot, Snapshots
from sabiscore.store.sql_cas_store import SqlCasStore
from tests.support.served import NOW

MATCH, OTHER = "epl-2526-arsenal-chelsea", "epl-2526-liverpool-man-city"
MINUTE = timedelta(minutes=1)


def quote(minutes, odds=(2.0, 3.5, 4.0), book="b365", market="1x2", *, match_id=MATCH, line=None) -> Snapshot:
    at = NOW - timedelta(days=5) + minutes * MINUTE
    return Snapshot(
        match_id=match_id, market=market, book=book, odds=odds, quoted_at=at, source="the-odds-api.com",
        fetched_at=at, line=line,
    )  # fmt: skip


def moving(n, **changes) -> list[Snapshot]:
    return [quote(10 * k, (round(2 + k / 1000, 3), 3.5, 4.0), **changes) for k in range(n)]


@pytest.fixture
def snapshots(database):
    return Snapshots(database)


@pytest.fixture
def states(database):
    return SqlCasStore(database)


def test_each_book_of_each_market_and_line_is_a_series_in_the_order_of_markets():
    seen = [
        quote(0, (1.9, 1.9), "ps", "ah", line=-0.5),
        quote(5, (1.8, 2.0), "ps", "ah", line=-0.75),
        quote(1, (1.8, 2.0), "b365", "ou25"),
        *moving(3, book="ps"),
        *moving(2),
    ]
    history = history_of(seen)
    assert [(each.market, each.book, each.line, len(each.points)) for each in history.series] == [
        ("1x2", "b365", None, 2),
        ("1x2", "ps", None, 3),
        ("ou25", "b365", None, 1),
        ("ah", "ps", -0.75, 1),
        ("ah", "ps", -0.5, 1),
    ]
    assert history.seen == 8


def test_a_long_history_is_thinned_and_keeps_opening_and_now():
    seen = [*moving(900), *moving(700, book="ps"), *moving(2, book="wh")]
    history = history_of(seen)
    assert sum(len(each.points) for each in history.series) <= MOST_POINTS
    for each in history.series:
        of_book = [snapshot for snapshot in seen if snapshot.book == each.book]
        assert (each.points[0].odds, each.points[-1].odds) == (of_book[0].odds, of_book[-1].odds)
        assert [point.at for point in each.points] == sorted(point.at for point in each.points)
    assert history.seen == len(seen)


def test_a_price_that_was_only_seen_again_goes_first():
    history = history_of([quote(30 * k) for k in range(100)])
    assert len(history.series[0].points) == 2, "opening and now"


def test_what_was_published_is_read_and_follows_what_is_new(snapshots, states, tmp_path):
    snapshots.add([*moving(3), quote(0, match_id=OTHER)])
    assert publish_prices(tmp_path, [MATCH, OTHER, "epl-2526-a-b"], NOW, snapshots, states) == 2
    history = read_history(read_supplements(tmp_path), MATCH)
    assert history is not None
    assert [point.odds[0] for point in history.series[0].points] == [2.0, 2.001, 2.002]
    assert publish_prices(tmp_path, [MATCH, OTHER], NOW, snapshots, states) == 0
    snapshots.add([quote(99, (1.5, 4.0, 6.0))])
    assert publish_prices(tmp_path, [MATCH, OTHER], NOW, snapshots, states) == 1
    newest = read_history(read_supplements(tmp_path), MATCH)
    assert newest is not None
    assert newest.series[0].points[-1].odds == (1.5, 4.0, 6.0)
    publish_prices(tmp_path, [OTHER], NOW, snapshots, states)
    assert read_history(read_supplements(tmp_path), MATCH) is None, "it is not coming any more"


def test_prices_of_the_future_are_left_out(snapshots, states, tmp_path):
    snapshots.add([quote(0), quote(60 * 24 * 6, (1.5, 4.0, 6.0))])
    publish_prices(tmp_path, [MATCH], NOW, snapshots, states)
    history = read_history(read_supplements(tmp_path), MATCH)
    assert history is not None
    assert [point.odds for point in history.series[0].points] == [(2.0, 3.5, 4.0)]


def test_a_file_that_cannot_be_read_is_made_anew(snapshots, states, tmp_path):
    put_supplements(tmp_path, {PRICES: (b"[1]", "jsonl")})
    snapshots.add(moving(3))
    assert publish_prices(tmp_path, [MATCH], NOW, snapshots, states) == 1


def test_while_no_price_came_or_went_only_a_file_that_was_altered_is_made_anew(snapshots, states, tmp_path):
    snapshots.add(moving(3))
    assert publish_prices(tmp_path, [MATCH], NOW, snapshots, states) == 1
    path = read_supplements(tmp_path).files[PRICES].path
    written = path.read_bytes()
    assert publish_prices(tmp_path, [MATCH], NOW, snapshots, states) == 0
    path.write_bytes(b"altered")
    assert publish_prices(tmp_path, [MATCH], NOW, snapshots, states) == 1
    assert path.read_bytes() == written

"""What the table of prices promises, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots
from sabiscore.store.sql import VALUES_A_STATEMENT

AT = datetime(2025, 8, 15, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def snapshots(database_url: str, tmp_path: Path) -> Iterator[Snapshots]:
    (tmp_path / "store").mkdir()
    database = Database(database_url)
    yield Snapshots(database)
    database.close()


def seen(
    match_id: str = "m", book: str = "avg", at: datetime = AT, home_odds: float = 2.0, **more
) -> Snapshot:
    return Snapshot(
        match_id=match_id,
        market="1x2",
        book=book,
        odds=(home_odds, 3.5, 4.0),
        quoted_at=at,
        source=more.pop("source", "s"),
        fetched_at=at,
        **more,
    )


def test_a_price_is_added_once_however_often_and_in_how_many_parts_it_comes(snapshots: Snapshots) -> None:
    many = [seen(f"m{number}") for number in range(VALUES_A_STATEMENT + 7)]
    assert snapshots.add(many) == VALUES_A_STATEMENT + 7
    assert snapshots.add([*many, seen("new")]) == 1
    assert snapshots.add([]) == 0


def test_what_was_seen_first_stays(snapshots: Snapshots) -> None:
    snapshots.add([seen(home_odds=2.0)])
    assert snapshots.add([seen(home_odds=9.0)]) == 0
    assert snapshots.latest(["m"], AT)["m"] == [seen(home_odds=2.0)]


def test_totals_and_handicaps_keep_their_two_prices_and_their_line(snapshots: Snapshots) -> None:
    handicap = Snapshot(
        match_id="m",
        market="ah",
        book="avg",
        odds=(1.9, 1.95),
        quoted_at=AT,
        source="s",
        fetched_at=AT,
        line=-0.5,
    )
    assert snapshots.add([handicap, seen()]) == 2
    assert snapshots.latest(["m"], AT)["m"] == [seen(), handicap]


def test_opening_latest_and_closing_are_each_books_first_newest_and_last_before_kick_off(
    snapshots: Snapshots,
) -> None:
    prices = [seen(at=AT + n * HOUR, home_odds=2.0 + n / 10) for n in range(4)]
    snapshots.add([*prices, seen(book="ps", at=AT)])
    now = AT + 2 * HOUR
    assert snapshots.opening(["m"], now) == {"m": [prices[0], seen(book="ps")]}
    assert snapshots.latest(["m"], now) == {"m": [prices[2], seen(book="ps")]}
    assert snapshots.closing({"m": AT + 3 * HOUR}) == {"m": [prices[2], seen(book="ps")]}


def test_old_prices_leave_once_they_are_kept(snapshots: Snapshots) -> None:
    kept: list[Snapshot] = []
    snapshots.add([seen(), seen(at=AT + HOUR)])
    assert snapshots.forget(AT + HOUR, kept.extend) == kept == [seen()]
    assert snapshots.forget(AT + HOUR, kept.extend) == []
    assert snapshots.opening(["m"], AT + HOUR) == {"m": [seen(at=AT + HOUR)]}


def test_prices_that_could_not_be_kept_stay(snapshots: Snapshots) -> None:
    def full(_: object) -> None:
        raise OSError("no space left")

    snapshots.add([seen()])
    with pytest.raises(OSError, match="no space"):
        snapshots.forget(AT + HOUR, full)
    assert snapshots.forget(AT + HOUR) == [seen()]


def test_the_newest_are_known_whoever_adds_or_takes_away(database_url: str, snapshots: Snapshots) -> None:
    """One process keeps what it read; another's change is seen at once all the same."""
    other = Snapshots(Database(database_url))
    later = AT + 5 * HOUR
    for hours, writer in enumerate((snapshots, other, other, snapshots)):
        newest = seen(at=AT + hours * HOUR, home_odds=2.0 + hours)
        assert writer.add([newest, seen("other")]) == (2 if hours == 0 else 1)
        for reader in (snapshots, other):
            assert reader.latest(["m", "none"], later) == {"m": [newest]}
            assert reader.latest(["other", "m"], later) == {"m": [newest], "other": [seen("other")]}
    assert other.forget(later)
    assert snapshots.latest(["m", "other"], later) == {}


def test_what_is_kept_of_the_newest_says_nothing_of_an_earlier_instant(snapshots: Snapshots) -> None:
    first, second = seen(), seen(at=AT + HOUR, home_odds=3.0)
    snapshots.add([first, second])
    assert snapshots.latest(["m"], AT + HOUR + HOUR) == {"m": [second]}
    assert snapshots.latest(["m"], AT) == {"m": [first]}
    assert snapshots.latest(["m"], AT - HOUR) == {}
    assert snapshots.latest(["m"], AT + HOUR) == {"m": [second]}


def test_a_change_that_is_not_committed_leaves_what_is_kept(snapshots: Snapshots) -> None:
    def full(_: object) -> None:
        raise OSError("no space left")

    snapshots.add([seen()])
    assert snapshots.latest(["m"], AT + HOUR) == {"m": [seen()]}
    with pytest.raises(OSError, match="no space"):
        snapshots.forget(AT + HOUR, full)
    assert snapshots.latest(["m"], AT + HOUR) == {"m": [seen()]}


def test_a_store_from_before_prices_had_a_name_is_read_in_full(
    database_url: str, snapshots: Snapshots
) -> None:
    ahead = seen(at=AT + 3 * HOUR, home_odds=9.0)
    snapshots.add([seen(), ahead])
    database = Database(database_url)
    with database.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE name = 'prices'")
    assert snapshots.latest(["m"], AT) == {"m": [seen()]}
    assert snapshots.add([seen("n")]) == 1
    assert snapshots.latest(["m"], AT + HOUR) == {"m": [seen()]}
    assert snapshots.latest(["m"], AT + 4 * HOUR) == {"m": [ahead]}

"""Every settled bet is read once, whichever of them were read before and wherever they lie now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from sabiscore.learning.bet_table import BetTable
from sabiscore.pipeline.cold_storage import archiver
from sabiscore.pipeline.settled_bets import BETS_FILE, read_settled_bets
from sabiscore.store.bets import Bet, BetStore
from sabiscore.store.session import Database
from tests.unit.pipeline.test_cold_storage import BET, NOW

ARCHIVED_BEFORE = NOW - timedelta(days=20)


@pytest.fixture
def bets(database: Database) -> BetStore:
    return BetStore(database)


def settle(bets: BetStore, number: int, *, won: bool = True, days_ago: int | None = None) -> Bet:
    bet = replace(BET, match_id=f"epl-2526-a-{number}", settled_at=None, won=None, close=None)
    bets.open([bet])
    at = NOW - timedelta(days=40 - number if days_ago is None else days_ago)
    bets.settle({bet.key: (won, 0.48 if number % 2 else None)}, at)
    return bet


def plain(table: BetTable) -> dict[str, list[object]]:
    return {name: column.tolist() for name, column in table.in_order().columns.items() if name != "close"}


def read(bets: BetStore, folder: Path, renamed: dict[str, str] | None = None) -> BetTable:
    """What is read on, which is what is read by somebody who knows nothing."""
    archive = folder / "archive"
    found = read_settled_bets(bets, archive, renamed or {}, folder / BETS_FILE)
    anew = read_settled_bets(bets, archive, renamed or {}, folder / "none" / BETS_FILE)
    (folder / "none" / BETS_FILE).unlink()
    assert plain(found) == plain(anew)
    return found


def archive_old(bets: BetStore, folder: Path) -> int:
    return len(bets.forget(ARCHIVED_BEFORE, archiver(folder / "archive", NOW, lambda: None)))  # type: ignore[arg-type]


def test_what_is_settled_later_is_added(bets: BetStore, tmp_path: Path) -> None:
    assert len(read(bets, tmp_path)) == 0
    for number in range(5):
        settle(bets, number, won=number == 3)
        assert len(read(bets, tmp_path)) == number + 1
    found = read(bets, tmp_path).in_order()
    assert found.won.tolist() == [False, False, False, True, False]
    assert found.profit.tolist() == pytest.approx([-1, -1, -1, BET.odds - 1, -1])
    assert found.closing_line_value[1] == pytest.approx(BET.odds * 0.48 - 1)


def test_two_that_are_settled_at_the_same_instant_are_both_read(bets: BetStore, tmp_path: Path) -> None:
    settle(bets, 1, days_ago=5)
    read(bets, tmp_path)
    settle(bets, 2, days_ago=5)
    assert len(read(bets, tmp_path)) == 2


def test_what_leaves_the_store_for_cold_storage_stays_read(bets: BetStore, tmp_path: Path) -> None:
    for number in (1, 10, 30):
        settle(bets, number)
    read(bets, tmp_path)
    assert archive_old(bets, tmp_path) == 2
    assert len(read(bets, tmp_path)) == 3
    settle(bets, 31)
    assert len(read(bets, tmp_path)) == 4


def test_what_was_archived_before_anybody_read_it_is_read_there(bets: BetStore, tmp_path: Path) -> None:
    settle(bets, 30)
    read(bets, tmp_path)
    settle(bets, 1)  # by a clock that was set back
    archive_old(bets, tmp_path)
    assert len(read(bets, tmp_path)) == 2


def test_what_was_settled_by_a_clock_set_back_is_found(bets: BetStore, tmp_path: Path) -> None:
    settle(bets, 30)
    read(bets, tmp_path)
    settle(bets, 1)
    assert len(read(bets, tmp_path)) == 2


def test_bets_that_are_gone_are_read_no_more(bets: BetStore, database: Database, tmp_path: Path) -> None:
    for number in (1, 30):
        settle(bets, number)
    read(bets, tmp_path)
    with database.transaction() as connection:
        connection.execute(text("DELETE FROM bets WHERE match_id = 'epl-2526-a-30'"))
    assert read(bets, tmp_path).match_id.tolist() == [b"epl-2526-a-1"], "an older backup was restored"


def test_a_match_that_is_renamed_is_read_under_its_new_id(
    bets: BetStore, database: Database, tmp_path: Path
) -> None:
    settle(bets, 30)
    read(bets, tmp_path)
    with database.transaction() as connection:
        connection.execute(text("UPDATE bets SET match_id = 'epl-2526-a-c'"))
    assert read(bets, tmp_path, {"epl-2526-a-30": "epl-2526-a-c"}).match_id.tolist() == [b"epl-2526-a-c"]


def test_a_name_changes_with_the_settled_bets_alone(bets: BetStore, tmp_path: Path) -> None:
    assert bets.settled_name() is None
    settle(bets, 1)
    first = bets.settled_name()
    bets.open([replace(BET, settled_at=None, won=None, close=None)])
    assert bets.settled_name() == first
    settle(bets, 30)
    second = bets.settled_name()
    assert second not in (None, first)
    archive_old(bets, tmp_path)
    assert bets.settled_name() not in (first, second)

"""Settled predictions as columns: the same predictions, in the same order, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from sabiscore.learning.settled import Settled
from sabiscore.learning.settled_table import SettledTable, names_in

BEGIN = datetime(2025, 8, 16, 14, 0, 0, 123456, UTC)


def settled(n: int) -> Settled:
    return Settled(
        match_id=f"epl-2526-a-{n % 7}",
        league=("epl", "laliga")[n % 2],
        bundle=("1.0.0", "1.10.0")[n % 3 == 0],
        kickoff_at=BEGIN + timedelta(hours=n % 5),
        sealed_at=BEGIN - timedelta(minutes=n),
        settled_at=BEGIN + timedelta(days=1, microseconds=n),
        p=(0.1 + n / 1000, 0.3, 0.6 - n / 1000),
        raw=(0.2, 0.3, 0.5),
        outcome=n % 3,
        early=None if n % 4 == 0 else (0.4, 0.3, 0.3),
        close=None if n % 5 == 0 else (0.45, 0.3, 0.25),
    )


ROWS = [settled(n) for n in range(40)]


def test_the_rows_are_those_that_it_was_made_of() -> None:
    table = SettledTable.of(ROWS)
    assert list(table) == ROWS
    assert list(table.rows(table.league == b"epl")) == [row for row in ROWS if row.league == "epl"]
    assert names_in(table.bundle) == ["1.0.0", "1.10.0"]
    assert SettledTable.of(table) is table
    assert list(SettledTable.of([])) == []


@pytest.mark.parametrize("split", [0, 1, 17, len(ROWS)])
def test_more_rows_follow_those_before(split: int) -> None:
    assert list(SettledTable.of(ROWS[:split]).with_more(ROWS[split:])) == ROWS


def test_the_order_is_by_kick_off_then_match_and_else_as_it_was() -> None:
    shuffled = Random(1).sample(ROWS, len(ROWS))
    ordered = sorted(shuffled, key=lambda row: (row.kickoff_at, row.match_id))
    assert list(SettledTable.of(shuffled).in_order()) == ordered

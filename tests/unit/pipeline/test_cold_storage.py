"""Rows that leave the store can be read back from their archive, or the archive is refused."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sabiscore.errors import BadArchive
from sabiscore.pipeline.cold_storage import archiver, bets_in, read_lines, unique
from sabiscore.store.bets import Bet
from sabiscore.store.snapshots import Snapshot

NOW = datetime(2026, 3, 14, 2, tzinfo=UTC)
BET = Bet(
    match_id="epl-2526-arsenal-chelsea", outcome="home", bundle="1.0.0", league="epl",
    kickoff_at=NOW - timedelta(days=40), opened_at=NOW - timedelta(days=41), book="b365", odds=2.2,
    probability=0.5, quality="VALUE", stake_fraction=0.01, seen_odds=None,
    settled_at=NOW - timedelta(days=39), won=True, close=0.48,
)  # fmt: skip
OTHER = replace(BET, outcome="draw", won=False)
QUOTE = Snapshot(
    match_id=BET.match_id, market="ah", book="ps", odds=(1.95, 1.95), quoted_at=NOW, source="made up",
    fetched_at=NOW, line=-0.5,
)  # fmt: skip


def archive(folder, rows, pushed=None) -> None:
    archiver(folder, NOW, lambda: pushed.append(1) if pushed is not None else None)(rows)


def test_bets_are_read_back_as_they_were_and_pushed_before_they_may_be_deleted(tmp_path):
    pushed = []
    archive(tmp_path, [OTHER, BET], pushed)
    assert sorted(bets_in(tmp_path), key=lambda bet: bet.outcome) == [OTHER, BET]
    assert pushed == [1]
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("2026-03-14-")


def test_prices_are_read_back_line_by_line(tmp_path):
    archive(tmp_path, [QUOTE])
    (path,) = tmp_path.iterdir()
    (line,) = read_lines(path)
    assert (line["odds"], line["line"], line["quoted_at"]) == ([1.95, 1.95], -0.5, NOW.isoformat())


def test_the_same_rows_archived_twice_are_one_file_and_each_bet_is_read_once(tmp_path):
    archive(tmp_path, [BET, OTHER])
    archive(tmp_path, [OTHER, BET])
    assert len(list(tmp_path.iterdir())) == 1
    archive(tmp_path, [BET])
    assert len(list(tmp_path.iterdir())) == 2
    assert len(bets_in(tmp_path)) == 2
    assert unique([BET, replace(BET, odds=9.0)]) == [BET]


def test_no_rows_make_no_file_and_no_push(tmp_path):
    pushed = []
    archive(tmp_path, [], pushed)
    assert (list(tmp_path.iterdir()), pushed) == ([], [])


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-4],
        lambda _: b"no gzip",
        lambda content: gzip.compress(gzip.decompress(content).replace(b"2.2", b"9.9")),
    ],
)
def test_an_archive_that_differs_is_refused_by_name(tmp_path, damage):
    archive(tmp_path, [BET])
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadArchive, match=path.name) as refused:
        bets_in(tmp_path)
    assert refused.value.hint == "Restore it from a backup."


def test_a_push_that_fails_keeps_the_rows_in_the_store(tmp_path):
    def fail() -> None:
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        archiver(tmp_path, NOW, fail)([BET])

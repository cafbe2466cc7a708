"""Backups in parts: what several days share is written once, and every row comes back at any size."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from sabiscore.errors import BadStore
from sabiscore.jobs.cleanup import WHOLE_EVERY, WHOLE_KEY
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.store import backup, backup_parts
from sabiscore.store.backup import back_up, check_restores, check_whole, parts_of, restore
from sabiscore.store.backup_parts import PARTS, forget_parts, known_parts
from sabiscore.store.ledger import Ledger
from sabiscore.store.schedule_tables import bets
from sabiscore.store.session import Database
from sabiscore.store.upgrade import HEAD
from tests.support.settled_seasons import BEGIN, context_at, play
from tests.unit.learning.test_calibrate import season

ROWS = 20


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobContext]:
    """A context whose ledger has 100 entries, which is five parts."""
    for module in (backup, backup_parts):
        monkeypatch.setattr(module, "ROWS_A_PART", ROWS)
    with context_at(tmp_path) as (made, clock):
        p, y = season(1, 50)
        play(made, clock, p, y.tolist())
        yield made


def settle_more(context: JobContext) -> None:
    p, y = season(2, 25)
    clock = context.clock
    play(context, clock, p, y.tolist(), bundle="1.1.0", begin=BEGIN + timedelta(days=9))  # type: ignore[arg-type]


def parts(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in (folder / PARTS).iterdir()}


def restored(path: Path, folder: Path) -> Database:
    database = Database(f"sqlite:///{folder / 'restored.db'}")
    restore(path, database)
    return database


def test_every_row_comes_back_in_its_order(context: JobContext, tmp_path: Path) -> None:
    settle_more(context)
    path = context.backups / "2024-08-20.jsonl.gz"
    counts = back_up(context.store.database, path)
    assert (counts["ledger"], len(parts_of(path))) == (150, 7)
    assert check_restores(path, tmp_path) == counts
    database = restored(path, tmp_path)
    assert list(Ledger(database).entries()) == list(context.ledger.entries())
    with database.transaction() as there, context.store.database.transaction() as here:
        assert there.execute(select(bets)).all() == here.execute(select(bets)).all()
    database.close()


def test_the_next_day_goes_on_from_the_parts_of_the_day_before(context: JobContext) -> None:
    back_up(context.store.database, context.backups / "2024-08-20.jsonl.gz")
    before = parts(context.backups)
    settle_more(context)
    back_up(context.store.database, context.backups / "2024-08-21.jsonl.gz")
    after = parts(context.backups)
    assert len(before) == 5
    assert before.items() <= after.items(), "none was written again"
    assert parts_of(context.backups / "2024-08-21.jsonl.gz")[:5] == parts_of(
        context.backups / "2024-08-20.jsonl.gz"
    )


@pytest.mark.parametrize("altered", [True, False], ids=["altered", "missing"])
def test_a_spoilt_part_is_named_and_made_again(context: JobContext, tmp_path: Path, *, altered: bool) -> None:
    path = context.backups / "2024-08-20.jsonl.gz"
    back_up(context.store.database, path)
    part = context.backups / PARTS / parts_of(path)[2]
    whole = part.read_bytes()
    part.write_bytes(whole[:-9]) if altered else part.unlink()
    with pytest.raises(BadStore, match=part.name):
        check_whole(path)
    with pytest.raises(BadStore, match=part.name):
        check_restores(path, tmp_path)
    back_up(context.store.database, context.backups / "2024-08-21.jsonl.gz")
    assert part.read_bytes() == whole
    check_whole(path)


def test_parts_that_no_backup_names_are_removed(context: JobContext) -> None:
    back_up(context.store.database, context.backups / "2024-08-20.jsonl.gz")
    stray = context.backups / PARTS / "bets-0123456789abcdef.jsonl.gz"
    shutil.copyfile(next((context.backups / PARTS).iterdir()), stray)
    forget_parts(context.backups)
    assert not stray.exists()
    assert {name for name, _ in known_parts(context.backups)} == set(parts(context.backups))


def test_a_backup_of_an_older_build_restores(context: JobContext, tmp_path: Path) -> None:
    path, old = context.backups / "2024-08-20.jsonl.gz", tmp_path / "old.jsonl.gz"
    back_up(context.store.database, path)
    files = [*(context.backups / PARTS / name for name in parts_of(path)), path]
    lines = [line for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
    rows = [line for line in lines if line.startswith(b"[")]
    old.write_bytes(gzip.compress(b"\n".join([json.dumps({"migration": HEAD}).encode(), *rows, b""])))
    assert check_restores(old, tmp_path)["ledger"] == 100


def test_a_backup_is_restored_once_a_week_and_looked_at_every_day(context: JobContext) -> None:
    clock, restored_at = context.clock, []
    for day in range(9):
        clock.at = BEGIN + timedelta(days=30 + day)  # type: ignore[attr-defined]
        assert run_job("cleanup", context).outcome == "done"
        restored_at.append(context.cas_store.read(WHOLE_KEY))
    first, second = (BEGIN + timedelta(days=30 + day) for day in (0, WHOLE_EVERY.days))
    assert restored_at == [first.isoformat()] * 7 + [second.isoformat()] * 2

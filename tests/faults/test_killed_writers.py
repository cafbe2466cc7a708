"""Reliability F3 for the store: a schedule killed anywhere, a hundred times, loses and doubles nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

from infra.rigs import postgres
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import Seal
from sabiscore.store.jobs import LOCK_LIFE, Jobs
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots

KILLS = 50
KICKOFF = datetime(2025, 8, 16, 14, tzinfo=UTC)
NOW = KICKOFF - timedelta(minutes=30)
BATCH = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'sabiscore.db'}"
        return
    binaries = postgres.programs()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing: run infra/setup/services.sh first.")
        pytest.skip("PostgreSQL is not installed (infra/setup/services.sh installs it).")
    with postgres.server(binaries) as server:
        yield server


def seals(batch: int) -> list[Seal]:
    third = (0.4, 0.3, 0.3)
    return [
        Seal(
            f"epl-2526-{batch}-{n}", "epl", KICKOFF, "hour", "1.0.0", third, third, (), "0" * 64, None,
            {}, None, "test",
        )
        for n in range(BATCH)
    ]  # fmt: skip


def snapshots(batch: int) -> list[Snapshot]:
    return [
        Snapshot(f"epl-2526-{batch}-{n}", "1x2", "b365", (2.0, 3.4, 4.2), NOW, "test", NOW)
        for n in range(BATCH)
    ]


def work(url: str, now: datetime) -> None:
    """A schedule that goes on for ever from the first batch that is not done."""
    database = Database(url)
    jobs, ledger = Jobs(database), Ledger(database)
    run = jobs.begin("odds", now)
    if run is None:
        os._exit(3)
    for batch in count(verify(ledger.entries()).sealed // BATCH):
        Snapshots(database).add(snapshots(batch))
        ledger.seal(seals(batch), NOW)
        jobs.alive(run, now)


def test_a_schedule_killed_anywhere_loses_and_doubles_nothing(url: str) -> None:
    fork, chance = get_context("fork"), Random(3)
    Jobs(Database(url)).last("odds")  # the tables are there before the first one is killed
    done = begun = 0
    for kill in range(KILLS):
        now = NOW + kill * (LOCK_LIFE + timedelta(seconds=1))
        process = fork.Process(target=work, args=(url, now))
        process.start()
        time.sleep(0.03 + chance.random() * 0.15)  # somewhere in its work
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL, "it found the lock of a dead one released in time"
        database = Database(url)
        chain = verify(Ledger(database).entries())
        assert chain.sealed % BATCH == 0, "a batch is sealed whole or not at all"
        assert chain.sealed >= done, "nothing sealed is lost"
        done = chain.sealed
        if [run.started_at for run in Jobs(database).last("odds")] == [now]:
            begun += 1
            assert Jobs(database).begin("odds", now) is None, "while its lock lives no other begins"
        database.close()
    assert done >= BATCH
    assert begun > KILLS / 2

    database = Database(url)
    late = NOW + KILLS * (LOCK_LIFE + timedelta(seconds=1))
    run = Jobs(database).begin("odds", late)
    assert run is not None
    batches = done // BATCH + 1
    for batch in range(batches):
        Snapshots(database).add(snapshots(batch))
        Ledger(database).seal(seals(batch), NOW)
    Jobs(database).finish(run, late, "done", {"batches": batches})
    assert verify(Ledger(database).entries()).sealed == batches * BATCH
    ids = [snapshot.match_id for batch in range(batches) for snapshot in snapshots(batch)]
    found = Snapshots(database).latest(ids, NOW)
    assert sorted(found) == sorted(ids)
    assert all(len(quotes) == 1 for quotes in found.values())
    outcomes = [snapshot_.outcome for snapshot_ in Jobs(database).last("odds", KILLS + 1)]
    assert outcomes == ["done", *["died"] * begun]
    database.close()


def test_a_run_that_says_it_is_alive_keeps_its_lock(url: str) -> None:
    database = Database(url)
    jobs = Jobs(database)
    run = jobs.begin("stats", NOW)
    assert run is not None
    for minute in range(1, 6):
        assert jobs.alive(run, NOW + timedelta(minutes=minute))
        assert jobs.begin("stats", NOW + timedelta(minutes=minute)) is None
        assert jobs.begin("odds", NOW + timedelta(minutes=minute)) is not None or minute > 1
    other = jobs.begin("stats", NOW + timedelta(minutes=5) + LOCK_LIFE)
    assert other is not None
    assert not jobs.alive(run, NOW + timedelta(minutes=8)), "it was taken for dead"
    jobs.finish(other, NOW + timedelta(minutes=8), "done", {"n": 1})
    (last,) = jobs.last("stats")
    assert (last.id, last.outcome, last.report) == (other, "done", {"n": 1})
    assert jobs.forget(NOW + timedelta(days=30)) >= 2
    database.close()

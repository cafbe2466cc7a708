"""Reliability F3 for the store: a schedule killed anywhere, a hundred times, loses and doubles nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from infra.rigs import postgres
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import Seal
from sabiscore.store.jobs import LOCK_LIFE, Jobs
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots
from tests.support.deaths import Fuse, draws, exit_code

KILLS = 50
STEPS = 150
"""In so many, a schedule finds its lock and its place and does three batches."""
FOUND_LOCKED = 3
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
            match_id=f"epl-2526-{batch}-{n}",
            league="epl",
            kickoff_at=KICKOFF,
            stage="hour",
            bundle="1.0.0",
            p=third,
            raw=third,
            calibration=(),
            features="0" * 64,
            early=None,
            odds={},
            priced_at=None,
            source="test",
        )
        for n in range(BATCH)
    ]


def snapshots(batch: int) -> list[Snapshot]:
    return [
        Snapshot(
            match_id=f"epl-2526-{batch}-{n}",
            market="1x2",
            book="b365",
            odds=(2.0, 3.4, 4.2),
            quoted_at=NOW,
            source="test",
            fetched_at=NOW,
        )
        for n in range(BATCH)
    ]


def work(url: str, now: datetime, fuse: Fuse) -> None:
    """A schedule that goes on, from the first batch that is not done, until its fuse ends it."""
    database = Database(url)
    jobs, ledger = Jobs(database), Ledger(database)
    fuse.count_statements()
    run = jobs.begin("odds", now)
    if run is None:
        os._exit(FOUND_LOCKED)
    for batch in count(verify(ledger.entries()).sealed // BATCH):
        Snapshots(database).add(snapshots(batch))
        ledger.seal(seals(batch), NOW)
        jobs.alive(run, now)


def completed(database: Database, late: datetime, batches: int) -> None:
    """The next run does all ``batches`` and ends."""
    run = Jobs(database).begin("odds", late)
    assert run is not None
    for batch in range(batches):
        Snapshots(database).add(snapshots(batch))
        Ledger(database).seal(seals(batch), NOW)
    Jobs(database).finish(run, late, "done", {"batches": batches})


def test_a_schedule_killed_anywhere_loses_and_doubles_nothing(url: str, tmp_path: Path) -> None:
    deaths = tmp_path / "deaths"
    with closing(Database(url)) as database:
        Jobs(database).last("odds")  # the tables are there before the first is killed
    done = begun = growths = 0
    for kill, left in enumerate(draws(3, KILLS, STEPS)):
        now = NOW + kill * (LOCK_LIFE + timedelta(seconds=1))
        ended = exit_code(work, url, now, Fuse(left, deaths))
        assert ended == -signal.SIGKILL, "it found the lock of a dead run released in time"
        with closing(Database(url)) as database:
            chain = verify(Ledger(database).entries())
            assert chain.sealed % BATCH == 0, "a batch is sealed whole or not at all"
            assert chain.sealed >= done, "nothing sealed is lost"
            growths += chain.sealed > done
            done = chain.sealed
            if [run.started_at for run in Jobs(database).last("odds")] == [now]:
                begun += 1
                assert Jobs(database).begin("odds", now) is None, "while its lock lives no other begins"
    places = deaths.read_text().splitlines()
    assert len(places) == KILLS
    assert len(set(places)) >= KILLS / 5, "they died in different places"
    assert KILLS / 2 < begun < KILLS
    assert KILLS / 5 < growths < KILLS, "some did whole batches, some died before their first"

    late = NOW + KILLS * (LOCK_LIFE + timedelta(seconds=1))
    batches = done // BATCH + 1
    with closing(Database(url)) as database:
        completed(database, late, batches)
        assert verify(Ledger(database).entries()).sealed == batches * BATCH
        ids = [snapshot.match_id for batch in range(batches) for snapshot in snapshots(batch)]
        found = Snapshots(database).latest(ids, NOW)
        assert sorted(found) == sorted(ids)
        assert all(len(quotes) == 1 for quotes in found.values())
        outcomes = [run.outcome for run in Jobs(database).last("odds", KILLS + 1)]
        assert outcomes == ["done", *["died"] * begun]


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

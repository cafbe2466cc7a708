"""Reliability F7: PostgreSQL restarted under load, and five connections for fifty instances."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.rigs import postgres
from sabiscore.errors import StoreUnavailable
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots
from tests.support.waiting import HANG_S, until

NOW = datetime(2025, 8, 16, 12, tzinfo=UTC)


@pytest.fixture
def small_server() -> Iterator[postgres.Server]:
    """A server that has five connections for those who are not its superuser's last resort."""
    binaries = postgres.programs()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing: run infra/setup/services.sh first.")
        pytest.skip("PostgreSQL is not installed (infra/setup/services.sh installs it).")
    with postgres.started(binaries, "max_connections=5", "superuser_reserved_connections=0") as running:
        yield running


def snapshot(instance: int, number: int) -> Snapshot:
    quoted = NOW + timedelta(seconds=number)
    return Snapshot(
        match_id=f"m-{instance}",
        market="1x2",
        book="b365",
        odds=(2.0, 3.4, 4.2),
        quoted_at=quoted,
        source="test",
        fetched_at=quoted,
    )


def test_fifty_instances_share_five_connections(small_server: postgres.Server) -> None:
    added, failures = [0] * 50, []

    def instance(number: int) -> None:
        database = Database(small_server.url, recover_s=HANG_S)
        try:
            for item in range(4):
                added[number] += Snapshots(database).add([snapshot(number, item)])
        except StoreUnavailable as error:
            failures.append(str(error))
        finally:
            database.close()

    threads = [threading.Thread(target=instance, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert added == [4] * 50


def test_a_restart_under_load_loses_and_doubles_nothing(small_server: postgres.Server) -> None:
    stop = threading.Event()
    written = [0] * 4

    def instance(number: int) -> None:
        database = Database(small_server.url)
        snapshots = Snapshots(database)
        while not stop.is_set():
            try:
                snapshots.add([snapshot(number, written[number])])
            except StoreUnavailable:
                continue  # whether it was written is not known: the same is written again
            written[number] += 1
        database.close()

    def all_write_on() -> None:
        """Returns when every instance has written ten more."""
        before = list(written)
        until(lambda: min(map(int.__sub__, written, before)), lambda more: more >= 10)

    Database(small_server.url).close()
    threads = [threading.Thread(target=instance, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            all_write_on()
            small_server.restart()
        all_write_on()
    finally:
        stop.set()
    for thread in threads:
        thread.join()
    database = Database(small_server.url)
    with database.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT match_id, count(*) FROM odds_snapshots GROUP BY 1").all()
    database.close()
    assert sorted(rows) == [(f"m-{number}", count) for number, count in enumerate(written)]

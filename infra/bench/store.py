"""How soon the store is written again after PostgreSQL was restarted under load (line F7).

``python -m infra.bench.store``. Four instances write without a pause to a server that crashes and starts
again; the figure is the longest time from its listening again to the next row of every instance.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.rigs import postgres
from sabiscore.errors import StoreUnavailable, Unavailable
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots

RECOVERY_S = 2.0
INSTANCES = 4
LOAD_S = 0.5
GIVE_UP_S = 30.0
QUOTED_AT = datetime(2025, 8, 16, 12, tzinfo=UTC)


@dataclass
class Instance:
    """Writes one row after the other; ``rows`` counts them, ``wrote_at`` is when the last was written."""

    url: str
    number: int
    rows: int = 0
    wrote_at: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def write(self) -> None:
        """Until it is ended; what is not known to be written is written again."""
        database = Database(self.url)
        snapshots = Snapshots(database)
        while not self.ended.is_set():
            try:
                snapshots.add([self._snapshot()])
            except StoreUnavailable:
                continue
            self.rows += 1
            self.wrote_at = time.monotonic()
        database.close()

    def _snapshot(self) -> Snapshot:
        at = QUOTED_AT + timedelta(seconds=self.rows)
        return Snapshot(
            match_id=f"m-{self.number}",
            market="1x2",
            book="b365",
            odds=(2.0, 3.4, 4.2),
            quoted_at=at,
            source="bench",
            fetched_at=at,
        )


def measure(restarts: int) -> Measurement:
    """All figures of the line."""
    binaries = postgres.programs()
    if binaries is None:
        raise Unavailable("PostgreSQL is not installed.", hint="Run: infra/setup/services.sh")
    logging.getLogger("stamina").setLevel(logging.ERROR)  # it says of every attempt that it makes another
    with postgres.started(binaries) as server:
        Database(server.url).close()
        instances = [Instance(server.url, number) for number in range(INSTANCES)]
        threads = [threading.Thread(target=instance.write) for instance in instances]
        for thread in threads:
            thread.start()
        try:
            recoveries = [_recovery_s(server, instances) for _ in range(restarts)]
        finally:
            for instance in instances:
                instance.ended.set()
            for thread in threads:
                thread.join()
        wrong = _wrong(server.url, instances)
        rows = sum(instance.rows for instance in instances)
    return Measurement(
        [
            BoundCheck(
                id="F7",
                what="PostgreSQL restarted, until all write again",
                value=max(recoveries),
                sense="≤",
                bound=RECOVERY_S,
                unit="s",
            ),
            BoundCheck(id="F7", what="instances with a row lost or doubled", value=wrong, sense="=", bound=0),
        ],
        [f"F7: {INSTANCES} instances, {restarts} restarts, {rows} rows."],
    )


def _recovery_s(server: postgres.Server, instances: Sequence[Instance]) -> float:
    """Seconds from when the server listens again to when every instance has written."""
    time.sleep(LOAD_S)
    server.restart()
    back_at = time.monotonic()
    while min(instance.wrote_at for instance in instances) < back_at:
        if time.monotonic() - back_at > GIVE_UP_S:
            return GIVE_UP_S
        time.sleep(0.001)
    return max(instance.wrote_at for instance in instances) - back_at


def _wrong(url: str, instances: Sequence[Instance]) -> int:
    database = Database(url)
    with database.transaction() as connection:
        query = "SELECT match_id, count(*) FROM odds_snapshots GROUP BY 1"
        rows = {match_id: count for match_id, count in connection.exec_driver_sql(query).all()}  # noqa: C416
    database.close()
    return sum(rows.get(f"m-{instance.number}") != instance.rows for instance in instances)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.store", __doc__)
    parser.add_argument("--restarts", type=int, default=5)
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.restarts), given.json)


if __name__ == "__main__":
    sys.exit(main())

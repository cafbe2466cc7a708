"""How soon a reader in a match's room hears of a goal, once it is in the store.

``python -m infra.bench.goal``. The whole chain: the event is stored, the publisher of the jobs takes it out
of the store and tells the Worker in workerd, whose room tells all sockets in it. A time begins before the
store's transaction and ends when the socket that entered last has heard.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import IO, cast

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.local.edge import EDGE, NODE, LocalEdge, local_edge
from infra.rigs.made_up import MATCH_ID, made_up_data_dir
from sabiscore.bootstrap.events import outbox_publisher
from sabiscore.clock import SystemClock
from sabiscore.errors import Unavailable
from sabiscore.events.event import Goal
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.http.signatures import signed_headers
from sabiscore.net.edge import EdgeClient
from sabiscore.settings import read_settings
from sabiscore.store.events import record
from sabiscore.store.session import Database

GOALS, SOCKETS = 100, 2_000
WITHIN_S = 1.0
SHARE = 0.95

Hear = Callable[[], str]
"""The id of the next message that the reader hears. Raises Unavailable where the room is gone."""


def measure(goals: int = GOALS, sockets: int = SOCKETS) -> Measurement:
    """The figure of ``goals`` with ``sockets`` in the room."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        place = made_up_data_dir(Path(folder) / "home")
        settings = read_settings({"SABISCORE_HOME": str(place)})
        with (
            local_edge(place, bindings={"REQUESTS_PER_MINUTE": "1000000000"}) as edge,
            closing(Database(settings.database_url)) as database,
            reader(edge, sockets) as hear,
        ):
            publisher = outbox_publisher(
                settings, SystemClock(), database=database, kind="simulated", edge=_client(edge), tell=None
            )
            times = [_heard(database, publisher, hear, number) for number in range(goals)]
    return summary(times, sockets)


def _client(edge: LocalEdge) -> EdgeClient:
    return EdgeClient(
        edge.url, lambda body, call=None: signed_headers([edge.secret], body, datetime.now(UTC), call)
    )


def _heard(database: Database, publisher: OutboxPublisher, hear: Hear, number: int) -> float:
    """Seconds from the store to the reader."""
    before = (number + 1) // 2, number // 2
    goal = Goal(
        match_id=MATCH_ID,
        at=datetime.now(UTC),
        before=before,
        score=(number // 2 + 1, (number + 1) // 2),
        source="made up",
    )
    began = time.monotonic()
    with database.transaction() as connection:
        record(connection, [goal])
    publisher.run()
    while hear() != goal.id:
        continue
    return time.monotonic() - began


@contextmanager
def reader(edge: LocalEdge, sockets: int) -> Iterator[Hear]:
    """A room of the match with ``sockets`` in it."""
    url = f"{edge.url.replace('http', 'ws', 1)}/ws/edge/{MATCH_ID}"
    command = [str(NODE), "test/bench/reader.ts", url, str(sockets)]
    with subprocess.Popen(
        command, cwd=EDGE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        stdin, lines = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)

        def hear() -> str:
            if not (line := lines.readline()):
                raise Unavailable("The sockets of the room are gone.", hint="See functions/edge/test/bench.")
            return line.strip()

        try:
            while hear() != "ready":
                continue
            yield hear
        finally:
            stdin.close()


def summary(times: Sequence[float], sockets: int) -> Measurement:
    """The figure of ``times``, in seconds, and how they spread."""
    ordered = sorted(times)
    p50, p95 = (ordered[ceil(share * len(ordered)) - 1] for share in (0.5, SHARE))
    check = BoundCheck(
        id="goal",
        what=f"store to a reader, {sockets:,} sockets, p95",
        value=p95,
        sense="≤",
        bound=WITHIN_S,
        unit="s",
    )
    return Measurement(
        [check], [f"goal: {len(ordered)} goals; p50 {p50:.3f} s, the slowest {ordered[-1]:.3f} s."]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.goal", __doc__)
    parser.add_argument("--goals", type=int, default=GOALS)
    parser.add_argument("--sockets", type=int, default=SOCKETS)
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.goals, given.sockets), given.json)


if __name__ == "__main__":
    sys.exit(main())

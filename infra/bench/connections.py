"""Ten thousand readers who stay connected, in front of nginx as the CDN and of nginx with a file (line L11).

``python -m infra.bench.connections``. Runs take turns. The match asked for is in play, so that its answer
lives 30 seconds and is refreshed while they read: by two requests each time, since the first is given the
function's own stale copy while that is made anew.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.fixtures import FIRST_KICKOFF, match_day
from infra.bench.function import fetch, insights_function
from infra.bench.wrk import wrk
from infra.cdn.nginx import cdn, listening, serving
from infra.rigs.faults import fault_proxy
from infra.rigs.part import Part, free_port

CONNECTIONS = 10_000
MOST_RATIO = 1.5
LIFE_S = 30
FILE = Path(__file__).with_name("file.conf")


@contextmanager
def file_server(body: bytes) -> Iterator[Part]:
    """nginx that answers everything with ``body``, from a file."""
    port = free_port()
    with serving(FILE, port, {"listen.conf": listening(port), "files/body": body.decode()}) as part:
        yield part


def measure(rounds: int, seconds: int, connections: int = CONNECTIONS) -> Measurement:
    """All figures of the line."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        day = match_day(Path(folder), datetime.now(UTC) - FIRST_KICKOFF - timedelta(hours=1))
        path = day.paths[0]
        with (
            insights_function(day.data_dir) as function,
            fault_proxy(function.port) as counted,
            cdn(counted.port) as edge,
            file_server(fetch(function.port, path)) as file,
        ):
            urls = [f"{part.url}{path}" for part in (file, edge)]
            wrk(urls[1], 1, 1)  # an answer varies by Accept-Encoding: only wrk itself finds its own
            began, before = time.monotonic(), counted.requests
            found = [[wrk(url, connections, seconds) for url in urls] for _ in range(rounds)]
            refreshes, lasted = counted.requests - before, time.monotonic() - began
    least, ours = (median(turn[at].p99_ms for turn in found) for at in (0, 1))
    failed = sum(result.broken + result.refused for turn in found for result in turn)
    rates = [median(turn[at].rate for turn in found) for at in (0, 1)]
    return Measurement(
        [
            BoundCheck(
                id="L11",
                what=f"p99 over that of a file, {connections} connections",
                value=ours / least,
                sense="≤",
                bound=MOST_RATIO,
                unit="×",
            ),
            BoundCheck(id="L11", what="errors", value=failed, sense="=", bound=0),
            BoundCheck(
                id="L11",
                what="requests that came to the origin",
                value=refreshes,
                sense="≤",
                bound=2 * (1 + lasted // LIFE_S),
            ),
        ],
        [
            f"L11: p99 {least:.0f} and {ours:.0f} ms, {rates[0]:.0f} and {rates[1]:.0f} requests a second;",
            f"L11: medians of {rounds} runs of {seconds} s in turn, the file's first.",
        ],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.connections", __doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=15, help="Of each run of wrk.")
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.rounds, given.seconds), given.json)


if __name__ == "__main__":
    sys.exit(main())

"""How soon everybody reads a new answer at the edge, once a signed call has declared the old out of date.

``python -m infra.bench.news``. The whole chain: the Worker in workerd, a real Redis behind Upstash's REST
API, the functions. Readers ask without a pause; the figures are the times from the call's acceptance
to the first new answer, and to the last request after it that was given the old answer.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.function import INSIGHT
from infra.local.edge import LocalEdge, local_edge
from infra.rigs.made_up import MATCH_ID, made_up_data_dir, publish_priced
from infra.rigs.part import HOST
from sabiscore.errors import Unavailable
from sabiscore.http.signatures import signed_headers

WITHIN_S = 1.0
READERS = 8
READ_ON_S = 2 * WITHIN_S


class NewsReader:
    """Asks for the insight without a pause: ``seen`` holds (asked at, heard at, whether it was new)."""

    def __init__(self, port: int, new: bytes) -> None:
        self.seen: list[tuple[float, float, bool]] = []
        self._port, self._new = port, new

    def read(self, ended: threading.Event) -> None:
        connection = HTTPConnection(HOST, self._port, timeout=30)
        while not ended.is_set():
            asked = time.monotonic()
            connection.request("GET", INSIGHT)
            body = connection.getresponse().read()
            self.seen.append((asked, time.monotonic(), self._new in body))
        connection.close()


def measure(rounds: int) -> Measurement:
    """All figures, the worst of ``rounds``."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        place = made_up_data_dir(Path(folder) / "home")
        with local_edge(place, bindings={"REQUESTS_PER_MINUTE": "1000000000"}) as edge:
            found = [_round(edge, place, round(2.43 + number / 100, 2)) for number in range(rounds)]
    first_s, last_s = (max(times) for times in zip(*(times for *times, _ in found), strict=True))
    reads = sum(reads for *_, reads in found)
    return Measurement(
        [
            BoundCheck(
                id="news",
                what="from the accepted call to the new answer",
                value=first_s,
                sense="≤",
                bound=WITHIN_S,
                unit="s",
            ),
            BoundCheck(
                id="news",
                what="until nobody is given the old answer",
                value=last_s,
                sense="≤",
                bound=WITHIN_S,
                unit="s",
            ),
        ],
        [f"news: the worst of {rounds} rounds, {READERS} readers, {reads} reads."],
    )


def _round(edge: LocalEdge, place: Path, odds: float) -> tuple[float, float, int]:
    """(seconds to the first new answer, to the last request since that was given the old, reads)."""
    readers = [NewsReader(edge.worker.port, f'"odds":{odds:g},'.encode()) for _ in range(READERS)]
    ended = threading.Event()
    threads = [threading.Thread(target=reader.read, args=(ended,)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        publish_priced(place, (odds, 3.3, 3.1))
        _revalidate(edge)
        accepted = time.monotonic()
        ended.wait(READ_ON_S)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    seen = [each for reader in readers for each in reader.seen]
    first_s = min((heard for _, heard, is_new in seen if is_new), default=float("inf")) - accepted
    last_s = max((asked for asked, _, is_new in seen if not is_new), default=accepted) - accepted
    return max(0.0, first_s), max(0.0, last_s), len(seen)


def _revalidate(edge: LocalEdge) -> None:
    body = f'{{"match": "{MATCH_ID}"}}'.encode()
    signed = signed_headers([edge.secret], body, datetime.now(UTC))
    connection = HTTPConnection(HOST, edge.worker.port, timeout=30)
    try:
        connection.request("POST", "/api/revalidate", body, {"Content-Type": "application/json", **signed})
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise Unavailable(
            f"The call was answered {answer.status}: {said[:200]!r}", hint="See functions/edge."
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.news", __doc__)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.rounds), given.json)


if __name__ == "__main__":
    sys.exit(main())

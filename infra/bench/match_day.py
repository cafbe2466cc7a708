"""Ten minutes of a match day (line L8): 200 fixtures, readers by Zipf's law, new odds every minute.

``python -m infra.bench.match_day``. The whole chain: the Worker in workerd, a real Redis behind Upstash's
REST API, the functions. Every minute a process that stands for ``cron/odds`` publishes new odds, makes all
200 insights and tells the Worker that what shows odds is out of date. It takes the ten minutes that it says;
``--minute-s 20`` compresses them, which makes the caches' work harder: a third of the readers a refresh.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.fixtures import MatchDay, match_day
from infra.bench.function import NO_LIMIT, fetch, insights_function
from infra.bench.wrk import ZIPF, WrkResult, wrk
from infra.local.edge import LocalEdge, local_edge
from infra.rigs.part import HOST
from sabiscore.cache import tags
from sabiscore.errors import Unavailable
from sabiscore.http.signatures import signed_headers
from sabiscore.insights.time_bucket import ttl_s
from sabiscore.net.edge import EdgeClient

MINUTES = 10
CONNECTIONS = 48
LEAST_EDGE, LEAST_SHARED, MOST_EXTRA = 0.99, 0.95, 1.05


@dataclass
class Odds:
    """What stands for ``cron/odds``: moves the odds of ``day``, makes the insights, tells the edge."""

    day: MatchDay
    port: int
    edge: EdgeClient
    computed: int = 0

    def refresh(self) -> None:
        """One round, one insight after the other: the most asked for come first."""
        self.day.refresh(datetime.now(UTC))
        self.computed += sum(map(self._made, self.day.paths))
        asyncio.run(self.edge.purge((tags.ODDS,), ()))

    def _made(self, path: str) -> bool:
        """Whether the insight at ``path`` had still to be computed."""
        connection = HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise Unavailable(f"{path} was answered {answer.status}.")
        return "detail=computed" in (answer.getheader("Cache-Status") or "")

    def keep(self, minutes: int, minute_s: float, ended: threading.Event) -> None:
        """A round at the end of every minute but the last."""
        began = time.monotonic()
        for minute in range(1, minutes):
            if ended.wait(max(0.0, began + minute * minute_s - time.monotonic())):
                return
            self.refresh()


def measure(minute_s: float, rate: int, exponent: float) -> Measurement:
    """All figures of the line."""
    os.environ.update(NO_LIMIT)
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        day = match_day(Path(folder) / "home", datetime.now(UTC))
        paths = Path(folder) / "paths"
        paths.write_text("\n".join(day.paths), encoding="utf-8")
        with (
            local_edge(day.data_dir, bindings={"REQUESTS_PER_MINUTE": "1000000000"}) as chain,
            insights_function(day.data_dir, **chain.shared.settings) as cron,
        ):
            odds = Odds(day, cron.port, _told_by(chain))
            began = datetime.now(UTC)
            odds.refresh()
            pause_ms = max(0, round(1000 * CONNECTIONS / rate) - 1)
            arguments = [str(paths), str(exponent), str(pause_ms), "7"]
            found = _with_readers(chain, odds, minute_s, arguments)
            sources = _counted(chain.functions.port)
            ends = sum(_lives_ended(ttl_s(match.kickoff_at, began), began) for match in day.matches)
    return summary(found, sources, odds, len(day.matches) * (day.refreshes - 1), ends)


def _told_by(chain: LocalEdge) -> EdgeClient:
    return EdgeClient(chain.url, lambda body: signed_headers([chain.secret], body, datetime.now(UTC)))


def _with_readers(chain: LocalEdge, odds: Odds, minute_s: float, arguments: Sequence[str]) -> WrkResult:
    ended = threading.Event()
    cron = threading.Thread(target=odds.keep, args=(MINUTES, minute_s, ended))
    cron.start()
    try:
        return wrk(chain.url, CONNECTIONS, round(MINUTES * minute_s), script=ZIPF, arguments=arguments)
    finally:
        ended.set()
        cron.join()


def _counted(port: int) -> Counter[str]:
    """What the functions count: answers by their source, and ``made``, whether somebody waited or not."""
    counted: Counter[str] = Counter()
    for line in fetch(port, "/metrics").decode().splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("sabiscore_answers_total{"):
            counted[name.split('"')[1]] = int(value)
        elif name == "sabiscore_computations_total":
            counted["made"] = int(value)
    return counted


def _lives_ended(life: int, began: datetime) -> int:
    """How often an answer that lives ``life`` seconds, in steps of the clock, has ended from then to now."""
    return int(datetime.now(UTC).timestamp()) // life - int(began.timestamp()) // life


def summary(found: WrkResult, sources: Counter[str], odds: Odds, moved: int, ends: int) -> Measurement:
    """The figures of a day on which new odds put ``moved`` answers out of date, and time ``ends``."""
    seen = json.loads(found.said.splitlines()[-1])
    computed = odds.computed + sources["made"]
    kept = seen["shared"] + sources["shared"] + sources["memory"]
    strange = f"The last refusal: {seen['refused']}." if seen["refused"] else ""
    rest = max(1, kept + sources["computed"])
    return Measurement(
        [
            BoundCheck(
                id="L8",
                what="hit ratio at the edge",
                value=seen["edge"] / found.requests,
                sense="≥",
                bound=LEAST_EDGE,
            ),
            BoundCheck(
                id="L8",
                what="of the rest, found in Redis or above it",
                value=kept / rest,
                sense="≥",
                bound=LEAST_SHARED,
            ),
            BoundCheck(
                id="L8",
                what="computations over refreshes",
                value=computed / (moved + ends),
                sense="≤",
                bound=MOST_EXTRA,
                unit="×",
            ),
            BoundCheck(id="L8", what="errors", value=found.broken + found.refused, sense="=", bound=0),
        ],
        [
            f"L8: {found.requests} requests in {found.seconds:.0f} s, {found.rate:.0f} a second. {strange}",
            f"L8: the edge had {seen['edge']}, found {seen['shared']} in Redis, passed {seen['origin']} on.",
            f"L8: the functions: {dict(sources)}; cron/odds computed {odds.computed}.",
            f"L8: refreshes: {moved} by new odds, {ends} by time. Oldest answer: {seen['oldest_s']} s.",
            "L8: no provider is asked here; that quotas hold is in tests/unit/net/test_quota.py.",
        ],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.match_day", __doc__)
    parser.add_argument(
        "--minute-s", type=float, default=60.0, help="Seconds of a minute; fewer compress it."
    )
    parser.add_argument("--rate", type=int, default=1200, help="Requests a second, at the most.")
    parser.add_argument("--exponent", type=float, default=1.0, help="s of Zipf's law.")
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.minute_s, given.rate, given.exponent), given.json)


if __name__ == "__main__":
    sys.exit(main())

"""What counting costs a request: its response, its time and where its answer came from (line S1).

``python -m infra.bench.counting``. What a flush and a scrape cost is noted beside.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from infra.bench.check import BoundCheck, Measurement, finish, options
from sabiscore.observability.endpoints import calls
from sabiscore.observability.exposition import exposition
from sabiscore.observability.fleet import InstanceTotals
from sabiscore.observability.metrics import Metrics

MOST_REQUEST_US = 10.0
ROUNDS, REQUESTS = 25, 20_000


def request_us(metrics: Metrics) -> float:
    """Microseconds of processor time that the counts of one request take, over all routes in turn."""
    routes = list(calls())

    def work() -> None:
        for number in range(REQUESTS):
            method, endpoint = routes[number % len(routes)]
            metrics.observe(method, endpoint, 200, 0.003)
            metrics.answered("memory")

    return _least(work, ROUNDS) / REQUESTS * 1e6


def flush_us(metrics: Metrics) -> float:
    """Microseconds that a flush takes before it is sent, where every route was asked."""
    instance = InstanceTotals(metrics)
    return _least(lambda: instance.begin(1), ROUNDS) * 1e6


def scrape_ms(metrics: Metrics) -> tuple[float, int]:
    """Milliseconds that the text of all metrics takes, and its bytes."""
    totals = metrics.totals()
    return _least(lambda: exposition(totals, ()), ROUNDS) * 1e3, len(exposition(totals, ()))


def _least(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest round: other processes can only add to it."""
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def measure() -> Measurement:
    """The figure, and what a flush and a scrape cost."""
    metrics = Metrics()
    request = request_us(metrics)
    flush, (scrape, size) = flush_us(metrics), scrape_ms(metrics)
    check = BoundCheck(
        id="S1", what="counting a request", value=request, sense="≤", bound=MOST_REQUEST_US, unit="µs"
    )
    note = f"a flush {flush:.0f} µs before it is sent; a scrape {scrape:.1f} ms for {size:,} bytes"
    return Measurement([check], [note])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = options("infra.bench.counting", __doc__).parse_args(arguments)
    return finish(measure, given.json)


if __name__ == "__main__":
    sys.exit(main())

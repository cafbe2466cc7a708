"""Counters of this process, as Prometheus text and, on Lambda, as CloudWatch's embedded metrics.

Text: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

BUCKETS_S = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5)


class Metrics:
    """Requests by route and status, their durations, and where answers came from; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._answers: defaultdict[str, int] = defaultdict(int)
        self._computations = 0
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one response."""
        with self._lock:
            self._requests[route, status] += 1
            self._seconds += seconds
            self._buckets[bisect_left(BUCKETS_S, seconds)] += 1

    def answered(self, source: str) -> None:
        """Count one answer by the tier that had it, or as computed."""
        with self._lock:
            self._answers[source] += 1

    def computed(self) -> None:
        """Count one answer that was made, whether somebody waited for it or had a stale one meanwhile."""
        with self._lock:
            self._computations += 1

    def answers(self) -> dict[str, int]:
        """Answers so far by the tier that had them, or as computed."""
        with self._lock:
            return dict(self._answers)

    def at_most(self, shares: Sequence[float]) -> tuple[int, list[float | None]]:
        """How many responses there were, and the seconds that each share of them took at most.

        They are edges of BUCKETS_S; None past the last one.

        >>> metrics = Metrics()
        >>> for seconds in (0.0004, 0.002, 0.003, 9.0):
        ...     metrics.observe("/", 200, seconds)
        >>> metrics.at_most([0.5, 0.75, 0.99])
        (4, [0.005, 0.005, None])
        """
        with self._lock:
            below, total = list(accumulate(self._buckets)), sum(self._buckets)
        edges: list[float | None] = [*BUCKETS_S, None]
        return total, [edges[bisect_left(below, share * total)] for share in shares]

    def text(self, gauges: Mapping[str, float]) -> str:
        """All counters and ``gauges`` (name → value) in Prometheus' text format."""
        with self._lock:
            return "\n".join([*self._lines(), *_gauge_lines(gauges)]) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# TYPE sabiscore_requests_total counter"
        for (route, status), count in sorted(self._requests.items()):
            yield f'sabiscore_requests_total{{route="{route}",status="{status}"}} {count}'
        yield "# TYPE sabiscore_answers_total counter"
        for source, count in sorted(self._answers.items()):
            yield f'sabiscore_answers_total{{source="{source}"}} {count}'
        yield "# TYPE sabiscore_computations_total counter"
        yield f"sabiscore_computations_total {self._computations}"
        yield "# TYPE sabiscore_request_seconds histogram"
        total = 0
        for edge, count in zip((*map(str, BUCKETS_S), "+Inf"), self._buckets, strict=True):
            total += count
            yield f'sabiscore_request_seconds_bucket{{le="{edge}"}} {total}'
        yield f"sabiscore_request_seconds_sum {self._seconds:.6f}"
        yield f"sabiscore_request_seconds_count {total}"


METRICS = Metrics()


def _gauge_lines(gauges: Mapping[str, float]) -> Iterator[str]:
    for name, value in sorted(gauges.items()):
        yield f"# TYPE sabiscore_{name} gauge"
        yield f"sabiscore_{name} {value:g}"

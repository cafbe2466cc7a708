"""What this process counts; ``fleet`` adds up all that there are, ``exposition`` writes them down.

prometheus_client is not used: importing it takes a cold start 63 to 94 ms, and it knows nothing of a fleet.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from sabiscore.observability.endpoints import METHODS, OTHER
from sabiscore.observability.families import (
    ANSWERS,
    COMPUTATIONS,
    DURATIONS,
    INFERENCES,
    JOB_RUNS,
    LAYOUT_SHIFTS,
    LEDGER_CHECKS,
    OTHER_PAGE,
    PAGES,
    REQUESTS,
    WEB_VITALS,
    Family,
)
from sabiscore.observability.totals import Series, Totals


class Metrics:
    """Counters and histograms since the process began; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals = Totals()
        self.changes = 0
        """Grows with every count: whether anything was counted since."""

    def observe(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        """Count one response of a route's template."""
        method = method if method in METHODS else OTHER
        with self._lock:
            self._count((REQUESTS.name, method, endpoint, str(status)))
            self._measure(DURATIONS, (DURATIONS.name, method, endpoint), seconds)

    def answered(self, source: str) -> None:
        """Count one answer by the tier that had it, or as computed."""
        with self._lock:
            self._count((ANSWERS.name, source))

    def computed(self) -> None:
        """Count one answer that was made, whether somebody waited for it or had a stale one meanwhile."""
        with self._lock:
            self._count((COMPUTATIONS.name,))

    def inferred(self, seconds: float) -> None:
        """Count one call of the model."""
        with self._lock:
            self._measure(INFERENCES, (INFERENCES.name,), seconds)

    def job_ran(self, job: str, outcome: str) -> None:
        """Count one run of a schedule."""
        with self._lock:
            self._count((JOB_RUNS.name, job, outcome))

    def ledger_verified(self, outcome: str) -> None:
        """Count one verification of the ledger, ``intact`` or ``broken``."""
        with self._lock:
            self._count((LEDGER_CHECKS.name, outcome))

    def web_vital(self, vital: str, page: str, seconds: float) -> None:
        """Count what a browser measured of one view of ``page``; ``vital`` is one of ``VITALS``."""
        with self._lock:
            self._measure(WEB_VITALS, (WEB_VITALS.name, vital, _told_apart(page)), seconds)

    def layout_shifted(self, page: str, shift: float) -> None:
        """Count the cumulative layout shift of one view of ``page``, which has no unit."""
        with self._lock:
            self._measure(LAYOUT_SHIFTS, (LAYOUT_SHIFTS.name, _told_apart(page)), shift)

    def totals(self) -> Totals:
        """All of it so far."""
        with self._lock:
            return self._totals.copy()

    def answers(self) -> dict[str, int]:
        """Answers so far by the tier that had them, or as computed."""
        counters = self.totals().counters
        return {series[1]: count for series, count in counters.items() if series[0] == ANSWERS.name}

    def at_most(self, shares: Sequence[float]) -> tuple[int, list[float | None]]:
        """How many responses there were, and the seconds that each share of them took at most.

        They are edges of the histogram's buckets; None past the last one.

        >>> metrics = Metrics()
        >>> for seconds in (0.0004, 0.002, 0.003, 9.0):
        ...     metrics.observe("GET", "/", 200, seconds)
        >>> metrics.at_most([0.5, 0.75, 0.99])
        (4, [0.005, 0.005, None])
        """
        histograms = self.totals().histograms
        of_all = zip(*(n for series, n in histograms.items() if series[0] == DURATIONS.name), strict=True)
        counts = [sum(numbers) for numbers in of_all][:-1]
        below, total = list(accumulate(counts)), sum(counts)
        edges: list[float | None] = [*DURATIONS.edges, None]
        return total, [edges[bisect_left(below, share * total)] if total else None for share in shares]

    def _count(self, series: Series) -> None:
        counters = self._totals.counters
        counters[series] = counters.get(series, 0) + 1
        self.changes += 1

    def _measure(self, family: Family, series: Series, value: float) -> None:
        numbers = self._totals.histograms.get(series)
        if numbers is None:
            numbers = self._totals.histograms[series] = [0] * (len(family.edges) + 2)
        numbers[bisect_left(family.edges, value)] += 1
        numbers[-1] += round(1e6 * value)
        self.changes += 1


def _told_apart(page: str) -> str:
    """The kind of page, or one name for all others: readers must not be able to add series."""
    return page if page in PAGES else OTHER_PAGE


METRICS = Metrics()

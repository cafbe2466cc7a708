"""The limit of one instance alone: what holds while the fleet's count is away, or where there is none."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from sabiscore.limits.limiter import PASSES, WINDOW_S, Verdict

READERS_KEPT = 10_000
"""Who has not asked for longest is forgotten first, and so begins with a full bucket."""


class Buckets:
    """A bucket a reader that refills steadily: ``most`` requests at once, ``most`` a minute after that."""

    def __init__(self, most: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, reader: str) -> Verdict:
        wait_s = self.spend(reader)
        return Verdict(wait_s) if wait_s else PASSES

    def spend(self, reader: str) -> int:
        """Takes one request out of the bucket of ``reader``; the seconds until there is one, 0 for now.

        >>> buckets = Buckets(2, seconds=lambda: 0.0)
        >>> [buckets.spend("203.0.113.7") for _ in range(4)]
        [0, 0, 30, 30]
        """
        now = self._seconds()
        left, at = self._buckets.get(reader, (float(self.most), now))
        left = min(self.most, left + max(0.0, now - at) * self.most / WINDOW_S)
        passes = left >= 1
        self._buckets[reader] = (left - 1 if passes else left, now)
        self._buckets.move_to_end(reader)
        if len(self._buckets) > READERS_KEPT:
            self._buckets.popitem(last=False)
        return 0 if passes else ceil((1 - left) * WINDOW_S / self.most)

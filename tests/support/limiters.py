"""Parts for tests of the limit: one clock for a count and its leases, and a count in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from sabiscore.errors import CacheUnavailable
from sabiscore.limits.leases import Grant

WINDOW_MS = 60_000
START = 1_760_000_000_000 // WINDOW_MS * WINDOW_MS


@dataclass
class Hands:
    """Milliseconds since 1970, moved by hand."""

    at: int = START

    def __call__(self) -> int:
        return self.at

    def seconds(self) -> float:
        return self.at / 1000


@dataclass
class CountInMemory:
    """The sliding window of upstash-ratelimit, as its script has it; ``asked`` counts round trips."""

    most: int
    now: Hands
    unreachable: bool = False
    asked: int = 0
    counts: Counter[tuple[str, int]] = field(default_factory=Counter)

    async def lease(self, reader: str, size: int) -> Grant:
        self.asked += 1
        await asyncio.sleep(0)
        if self.unreachable:
            raise CacheUnavailable("away", hint="")
        window, into = divmod(self.now(), WINDOW_MS)
        before = int((1 - into / WINDOW_MS) * self.counts[reader, window - 1])
        reset = (window + 1) * WINDOW_MS
        if before + self.counts[reader, window] >= self.most:
            return Grant(0, 0, reset)
        self.counts[reader, window] += size
        left = self.most - before - self.counts[reader, window]
        return Grant(size if left >= 0 else 0, max(0, left), reset)

"""Parts for tests of the cache: a clock moved by hand, entries, and questions that count their making."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sabiscore.cache import keys
from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.tiered_cache import CacheLookup

START = 1_760_000_000_000
TAGS = ("bundle:1.0.0", "league:epl", "match:epl-2526-arsenal-chelsea")
KEY = keys.entry_key("/api/v1/insights/epl-2526-arsenal-chelsea")


@dataclass
class Hands:
    """Milliseconds since 1970, moved by hand."""

    at: int = START

    def __call__(self) -> int:
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Time passes without anybody waiting."""
        self.at += int(seconds * 1000)
        await asyncio.sleep(0)


def entry(
    body: str = "one", *, at: int = START, life: int = 60_000, stale: int = 600_000, tags=TAGS
) -> CacheEntry:
    """An entry stored ``at``."""
    return CacheEntry(
        status=200,
        headers=(("content-type", "text/plain"),),
        body=body.encode(),
        stored_at=at,
        fresh_until=at + life,
        stale_until=at + life + stale,
        tags=tags,
    )


@dataclass
class Facts:
    """What answers are made from: a number that is moved by hand, and how often it was read."""

    now: Hands
    value: int = 0
    tags: tuple[str, ...] = TAGS
    fails: Exception | None = None
    made: list[int] = field(default_factory=list)

    async def make(self) -> CacheEntry:
        seen = self.value
        self.made.append(seen)
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return entry(str(seen), at=self.now(), tags=self.tags)

    def question(self, key: str = KEY) -> CacheLookup:
        return CacheLookup(key, self.tags, self.make)

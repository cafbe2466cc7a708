"""A tier that stops being asked when it does not answer, so that its absence costs nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.single_flight import LoopSemaphore
from sabiscore.cache.tier import NullTier, Stamp, Tier, TierRead
from sabiscore.cache.unreachable import FOUND_AWAY
from sabiscore.errors import BadEntry, CacheUnavailable

FAILURES = 5
OPEN_MS = 5_000
AT_ONCE = 4
"""Calls of one process under way: more would only wait for each other, and miss their deadlines by that."""

T = TypeVar("T")


class TierBreaker:
    """Closed; open for ``open_ms`` after ``failures`` in a row; then one call at a time is let through
    to try, and one that works closes it. ``now`` gives milliseconds."""

    def __init__(self, now: Callable[[], int], failures: int = FAILURES, open_ms: int = OPEN_MS) -> None:
        self._now = now
        self._most = failures
        self._open_ms = open_ms
        self._failed = 0
        self._closed_from = 0
        self._trying = False

    @property
    def is_open(self) -> bool:
        return self._failed >= self._most

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """What ``work`` gives. Raises CacheUnavailable, at once while open."""
        trial = self.is_open
        if trial and (self._trying or self._now() < self._closed_from):
            raise CacheUnavailable("The shared cache is not asked for now.", hint="It is tried again soon.")
        self._trying = trial
        try:
            value = await work()
        except CacheUnavailable:
            self._fail()
            raise
        finally:
            if trial:
                self._trying = False
        self._failed = 0
        return value

    def _fail(self) -> None:
        self._failed += 1
        if self.is_open:
            self._closed_from = self._now() + self._open_ms


class GuardedTier:
    """``tier`` behind a breaker: whatever fails is as if there were no such tier.

    Only ``drop`` still raises CacheUnavailable: who drops must know that it did not happen.
    """

    def __init__(self, tier: Tier, breaker: TierBreaker, failed: Callable[[Exception], None]) -> None:
        self._tier = tier
        self._breaker = breaker
        self._failed = failed
        self._null = NullTier()
        self._line = LoopSemaphore(AT_ONCE)

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:
        return await self._or(lambda: self._tier.read(key, tags), lambda: self._null.read(key, tags))

    async def write(self, key: str, entry: CacheEntry, stamp: Stamp) -> bool:
        return await self._or(
            lambda: self._tier.write(key, entry, stamp), lambda: self._null.write(key, entry, stamp)
        )

    async def drop(self, names: Sequence[str]) -> None:
        await self._breaker.call(lambda: self._tier.drop(names))

    async def claim(self, name: str, owner: str, life_ms: int) -> bool:
        return await self._or(
            lambda: self._tier.claim(name, owner, life_ms), lambda: self._null.claim(name, owner, life_ms)
        )

    async def release(self, name: str, owner: str) -> None:
        await self._or(lambda: self._tier.release(name, owner), lambda: self._null.release(name, owner))

    async def _or(self, work: Callable[[], Awaitable[T]], otherwise: Callable[[], Awaitable[T]]) -> T:
        if FOUND_AWAY.get():
            return await otherwise()
        # Outside the breaker: when it opens, those who stand in line need not try.
        async with self._line:
            was_open = self._breaker.is_open
            try:
                return await self._breaker.call(work)
            except (CacheUnavailable, BadEntry) as error:
                if not was_open:
                    self._failed(error)
                return await otherwise()

"""A tier that stops being asked when it does not answer, so that its absence costs nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sabiscore.cache.breaker_policy import CLOSED, BreakerPolicy, Permit
from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.single_flight import LoopSemaphore
from sabiscore.cache.tier import NullTier, TagVersions, Tier, TierRead, WriteOutcome
from sabiscore.cache.unreachable import FOUND_AWAY
from sabiscore.errors import BadEntry, CacheUnavailable

TIER_POLICY = BreakerPolicy(open_s=5.0)
CALLS_AT_ONCE = 4
"""Calls of one process under way: more would only wait for each other, and miss their deadlines by that."""

T = TypeVar("T")


class TierBreaker:
    """The circuit breaker of the shared cache, its state in this process. ``now`` gives milliseconds."""

    def __init__(self, now: Callable[[], int], policy: BreakerPolicy = TIER_POLICY) -> None:
        self._now = now
        self._policy = policy
        self._state = CLOSED

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, but for a probe."""
        return bool(self._state.open_for)

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """What ``work`` gives. Raises CacheUnavailable, at once while open."""
        entered = self._policy.enter(self._state, self._now_s())
        if entered is None:
            raise CacheUnavailable("The shared cache is not asked for now.", hint="It is tried again soon.")
        permit, self._state = entered
        try:
            value = await work()
        except CacheUnavailable:
            self._leave(permit, worked=False)
            raise
        except BaseException:  # cancelled, or refused before it was sent: neither is an outcome
            self._state = self._policy.abandon(self._state, permit)
            raise
        self._leave(permit, worked=True)
        return value

    def _leave(self, permit: Permit, *, worked: bool) -> None:
        self._state = self._policy.leave(self._state, self._now_s(), permit, worked=worked)

    def _now_s(self) -> float:
        return self._now() / 1000


class GuardedTier:
    """``tier`` behind a breaker: whatever fails is as if there were no such tier.

    Only ``drop`` still raises CacheUnavailable: who drops must know that it did not happen.
    """

    def __init__(self, tier: Tier, breaker: TierBreaker, failed: Callable[[Exception], None]) -> None:
        self._tier = tier
        self._breaker = breaker
        self._failed = failed
        self._null = NullTier()
        self._line = LoopSemaphore(CALLS_AT_ONCE)

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:
        return await self._or(lambda: self._tier.read(key, tags), lambda: self._null.read(key, tags))

    async def write(self, key: str, entry: CacheEntry, tag_versions: TagVersions) -> WriteOutcome:
        return await self._or(
            lambda: self._tier.write(key, entry, tag_versions),
            lambda: self._null.write(key, entry, tag_versions),
        )

    async def invalidate(self, names: Sequence[str]) -> None:
        await self._breaker.call(lambda: self._tier.invalidate(names))

    async def acquire_lock(self, name: str, owner: str, life_ms: int) -> bool:
        return await self._or(
            lambda: self._tier.acquire_lock(name, owner, life_ms),
            lambda: self._null.acquire_lock(name, owner, life_ms),
        )

    async def release_lock(self, name: str, owner: str) -> None:
        await self._or(
            lambda: self._tier.release_lock(name, owner), lambda: self._null.release_lock(name, owner)
        )

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

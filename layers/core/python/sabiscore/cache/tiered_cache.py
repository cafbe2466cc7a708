"""From the nearest tier that has it to computing it: how an answer is found, kept and kept true.

Fresh: served. Stale: served at once, and whoever asked is handed the refresh to run behind. Expired,
absent or made for another edition: computed, by one process for the whole fleet. A cache that fails is
a miss; a computation that fails leaves the last copy, until that is expired too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Literal, TypeGuard
from uuid import uuid4

from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.single_flight import Coalescer, SingleFlight
from sabiscore.cache.tier import Tier, TierRead
from sabiscore.errors import Refused

LOCK_LIFE_MS = 8_000
"""Longer than any computation; a process that dies in one blocks the others no longer than this."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.2
COMPUTE_ATTEMPTS = 3
"""How often an answer is made anew because its facts were dropped while it was made."""

Source = Literal["memory", "shared", "computed"]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """What is asked: the ``key`` it is kept under, the ``tags`` of a current answer, how to make one.

    An entry with other tags was made for another edition (bundle, publication): it serves only while
    none can be made. What ``make`` gives has exactly these tags.
    """

    key: str
    tags: tuple[str, ...]
    make: Callable[[], Awaitable[CacheEntry]]


@dataclass(frozen=True, slots=True)
class CacheResult:
    """An answer; ``refresh`` is to be run behind the response. ``kept``: it may be kept by others."""

    entry: CacheEntry
    source: Source
    refresh: Callable[[], Awaitable[None]] | None = None
    failed: bool = False
    kept: bool = True


@dataclass(frozen=True, slots=True)
class _TierReads:
    """Both tiers at one instant."""

    near: TierRead
    shared: TierRead

    @property
    def is_unreachable(self) -> bool:
        return self.shared.stamp is None

    @property
    def spare(self) -> CacheEntry | None:
        """Any copy at all, to fall back on."""
        return self.shared.entry or self.near.entry

    def current(self, question: CacheLookup) -> tuple[CacheEntry, Source] | None:
        """The copy that may be served. Memory is not believed over a shared tier that answers."""
        entry, source = self.shared.entry, "shared"
        if entry is None and self.is_unreachable:
            entry, source = self.near.entry, "memory"
        if entry is None or entry.tags != question.tags:
            return None
        return entry, "shared" if source == "shared" else "memory"


class TieredCache:
    """``near`` (this process), then ``shared`` (the fleet), then the question's own ``make``.

    ``now`` gives milliseconds since 1970; ``failed`` is told of every failure that a copy hid.
    """

    def __init__(
        self,
        near: Tier,
        shared: Tier,
        now: Callable[[], int],
        failed: Callable[[Exception], None],
        sleep: Sleep = asyncio.sleep,
        lock_life_ms: int = LOCK_LIFE_MS,
    ) -> None:
        self._near = near
        self._shared = shared
        self._now = now
        self._failed = failed
        self._sleep = sleep
        self._lock_life_ms = lock_life_ms
        self._looks: Coalescer[_TierReads] = Coalescer()
        self._flights: SingleFlight[CacheResult] = SingleFlight()

    async def get(self, question: CacheLookup, *, past_memory: bool = False) -> CacheResult:
        """The answer to ``question``; ``past_memory`` asks the fleet even where this process has one.

        Raises what ``make`` raises when there is no copy to serve instead, and always Refused.
        """
        near = await self._near.read(question.key, question.tags)
        entry = near.entry
        if near.recent and not past_memory and self._is_fresh(entry, question):
            return CacheResult(entry, "memory")
        seen = await self._looks.do((question.key, question.tags), lambda: self._look(question))
        found = seen.current(question)
        if found and self._is_fresh(found[0], question):
            return CacheResult(*found)
        if found and found[0].state(self._now()) == "stale":
            return CacheResult(*found, refresh=partial(self._refresh, question, seen))
        return await self._made_or_spare(question, seen)

    async def remembers(self, key: str) -> bool:
        """Whether this process has an answer under ``key``, however old."""
        return (await self._near.read(key, ())).entry is not None

    def _is_fresh(self, entry: CacheEntry | None, question: CacheLookup) -> TypeGuard[CacheEntry]:
        return entry is not None and entry.tags == question.tags and entry.state(self._now()) == "fresh"

    async def drop(self, names: list[str]) -> None:
        """Forget the entries with these keys or tags, here and in the fleet, and those being made.

        Raises CacheUnavailable when the fleet could not be told.
        """
        try:
            await self._shared.drop(names)
        finally:
            # After the fleet, or a reader in between would fetch the old copy back from it.
            await self._near.drop(names)

    async def _look(self, question: CacheLookup) -> _TierReads:
        near = await self._near.read(question.key, question.tags)
        shared = await self._shared.read(question.key, question.tags)
        if shared.entry and shared.entry.tags == question.tags and near.stamp is not None:
            await self._near.write(question.key, shared.entry, near.stamp)
        return _TierReads(near, shared)

    async def _look_near(self, question: CacheLookup) -> _TierReads:
        """What this process has: a request asks a fleet that is away only once."""
        return _TierReads(await self._near.read(question.key, question.tags), TierRead())

    async def _made_or_spare(self, question: CacheLookup, seen: _TierReads) -> CacheResult:
        try:
            return await self._made(question, seen)
        except Refused:
            raise
        except Exception as error:
            spare = seen.spare
            if spare is None or spare.state(self._now()) == "expired":
                raise
            self._failed(error)
            return CacheResult(spare, "shared" if seen.shared.entry else "memory", failed=True)

    async def _refresh(self, question: CacheLookup, seen: _TierReads) -> None:
        if self._flights.runs(_flight(question, seen)):
            return
        try:
            await self._made(question, seen)
        except Exception as error:  # the stale copy stays, with its true age, until it expires
            self._failed(error)

    async def _made(self, question: CacheLookup, seen: _TierReads) -> CacheResult:
        served = await self._fly(question, seen)
        for _ in range(COMPUTE_ATTEMPTS - 1):
            if served.kept:
                break
            served = await self._fly(question, await self._look(question))
        return served

    async def _fly(self, question: CacheLookup, seen: _TierReads) -> CacheResult:
        return await self._flights.do(_flight(question, seen), lambda: self._once(question, seen))

    async def _once(self, question: CacheLookup, seen: _TierReads) -> CacheResult:
        """Made by this process, or by the one that had claimed it before. Not kept if dropped meanwhile."""
        owner, lock = uuid4().hex, _lock(question, seen)
        mine = not seen.is_unreachable and await self._claimed(question, lock, owner)
        try:
            seen = await (self._look_near(question) if seen.is_unreachable else self._look(question))
            found = seen.current(question)
            if found and self._is_fresh(found[0], question):
                return CacheResult(*found)
            entry = await question.make()
            return CacheResult(entry, "computed", kept=await self._keep(question.key, entry, seen))
        finally:
            if mine:
                await self._shared.release(lock, owner)

    async def _claimed(self, question: CacheLookup, lock: str, owner: str) -> bool:
        """Whether this process is to compute; False after the answer came, or the wait was too long."""
        until, pause = self._now() + self._lock_life_ms, FIRST_PAUSE_S
        while not await self._shared.claim(lock, owner, self._lock_life_ms):
            if self._now() >= until:
                return False
            await self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            seen = await self._look(question)
            found = seen.current(question)
            if seen.is_unreachable or (found and self._is_fresh(found[0], question)):
                return False
        return True

    async def _keep(self, key: str, entry: CacheEntry, seen: _TierReads) -> bool:
        if seen.shared.stamp is not None and not await self._shared.write(key, entry, seen.shared.stamp):
            return False
        return seen.near.stamp is None or await self._near.write(key, entry, seen.near.stamp)


def _flight(question: CacheLookup, seen: _TierReads) -> tuple[object, ...]:
    """A drop begins a flight of its own: who asks after it is never given what was begun before it."""
    return question.key, question.tags, seen.near.stamp, seen.shared.stamp


def _lock(question: CacheLookup, seen: _TierReads) -> str:
    material = "\n".join((question.key, *question.tags, *(seen.shared.stamp or ())))
    return sha256(material.encode()).hexdigest()

"""From the nearest tier that has it to computing it: how an answer is found, kept and kept true.

Fresh: served. Stale: served at once, and whoever asked is handed the refresh to run behind. Expired,
absent or made of another publication: computed, by one process for the whole fleet. A cache that fails is
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
from sabiscore.cache.tier import Tier, TierRead, WriteOutcome
from sabiscore.errors import Refused

LOCK_LIFE_MS = 8_000
"""Longer than any computation; a process that dies in one blocks the others no longer than this."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.2
COMPUTE_ATTEMPTS = 3
"""How often an answer is made anew because it was invalidated while it was made."""

Source = Literal["memory", "shared", "computed"]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """What is asked: the ``key`` it is kept under, the ``tags`` of a current answer, how to make one.

    An entry with other tags was made of another bundle or publication: it serves only while
    none can be made. What ``make`` gives has exactly these tags.
    """

    key: str
    tags: tuple[str, ...]
    make: Callable[[], Awaitable[CacheEntry]]


@dataclass(frozen=True, slots=True)
class CacheResult:
    """An answer; ``refresh`` is to be run behind the response; ``outcome`` is what became of a new one."""

    entry: CacheEntry
    source: Source
    refresh: Callable[[], Awaitable[None]] | None = None
    failed: bool = False
    outcome: WriteOutcome = "stored"

    @property
    def kept(self) -> bool:
        """Whether others may keep it."""
        return self.outcome != "invalidated"

    @property
    def stored(self) -> bool:
        """Whether every tier that can be written to has it."""
        return self.outcome == "stored"


@dataclass(frozen=True, slots=True)
class _TierReads:
    """Both tiers at one instant."""

    l1: TierRead
    l2: TierRead

    @property
    def is_unreachable(self) -> bool:
        return self.l2.tag_versions is None

    @property
    def stale_if_error(self) -> CacheEntry | None:
        """Any copy at all, to fall back on."""
        return self.l2.entry or self.l1.entry

    def current(self, lookup: CacheLookup) -> tuple[CacheEntry, Source] | None:
        """The copy that may be served. Memory is not believed over a shared tier that answers."""
        found: tuple[CacheEntry | None, Source] = self.l2.entry, "shared"
        if self.l2.entry is None and self.is_unreachable:
            found = self.l1.entry, "memory"
        entry, source = found
        return (entry, source) if entry is not None and entry.tags == lookup.tags else None


class TieredCache:
    """``l1`` (this process), then ``l2`` (the fleet), then the lookup's own ``make``.

    ``now`` gives milliseconds since 1970; ``failed`` is called with every failure that a copy hid.
    """

    def __init__(
        self,
        l1: Tier,
        l2: Tier,
        *,
        now: Callable[[], int],
        failed: Callable[[Exception], None],
        sleep: Sleep = asyncio.sleep,
        lock_life_ms: int = LOCK_LIFE_MS,
    ) -> None:
        self._l1 = l1
        self._l2 = l2
        self._now = now
        self._failed = failed
        self._sleep = sleep
        self._lock_life_ms = lock_life_ms
        self._looks: Coalescer[_TierReads] = Coalescer()
        self._flights: SingleFlight[CacheResult] = SingleFlight()

    async def get(self, lookup: CacheLookup, *, past_memory: bool = False) -> CacheResult:
        """The answer to ``lookup``; ``past_memory`` asks the fleet even where this process has one.

        Raises what ``make`` raises when there is no copy to serve instead, and always Refused.
        """
        l1 = await self._l1.read(lookup.key, lookup.tags)
        entry = l1.entry
        if l1.recent and not past_memory and self._is_fresh(entry, lookup):
            return CacheResult(entry, "memory")
        seen = await self._looks.do((lookup.key, lookup.tags), lambda: self._look(lookup))
        found = seen.current(lookup)
        if found and self._is_fresh(found[0], lookup):
            return CacheResult(*found)
        if found and found[0].state(self._now()) == "stale":
            return CacheResult(*found, refresh=partial(self._refresh, lookup, seen))
        return await self._made_or_stale(lookup, seen)

    async def remembers(self, key: str) -> bool:
        """Whether this process has an answer under ``key``, however old."""
        return (await self._l1.read(key, ())).entry is not None

    def _is_fresh(self, entry: CacheEntry | None, lookup: CacheLookup) -> TypeGuard[CacheEntry]:
        return entry is not None and entry.tags == lookup.tags and entry.state(self._now()) == "fresh"

    async def invalidate(self, names: list[str]) -> None:
        """Forget the entries with these keys or tags, here and in the fleet, and those being made.

        Raises CacheUnavailable when the shared cache is unreachable.
        """
        try:
            await self._l2.invalidate(names)
        finally:
            # After the fleet, or a reader in between would fetch the old copy back from it.
            await self._l1.invalidate(names)

    async def _look(self, lookup: CacheLookup) -> _TierReads:
        l1 = await self._l1.read(lookup.key, lookup.tags)
        l2 = await self._l2.read(lookup.key, lookup.tags)
        if l2.entry and l2.entry.tags == lookup.tags and l1.tag_versions is not None:
            await self._l1.write(lookup.key, l2.entry, l1.tag_versions)
        return _TierReads(l1, l2)

    async def _look_in_l1(self, lookup: CacheLookup) -> _TierReads:
        """What this process has: a request asks a fleet that is away only once."""
        return _TierReads(await self._l1.read(lookup.key, lookup.tags), TierRead())

    async def _made_or_stale(self, lookup: CacheLookup, seen: _TierReads) -> CacheResult:
        try:
            return await self._made(lookup, seen)
        except Refused:
            raise
        except Exception as error:
            stale_if_error = seen.stale_if_error
            if stale_if_error is None or stale_if_error.state(self._now()) == "expired":
                raise
            self._failed(error)
            return CacheResult(stale_if_error, "shared" if seen.l2.entry else "memory", failed=True)

    async def _refresh(self, lookup: CacheLookup, seen: _TierReads) -> None:
        if self._flights.runs(_flight(lookup, seen)):
            return
        try:
            await self._made(lookup, seen)
        except Exception as error:  # the stale copy stays, with its true age, until it expires
            self._failed(error)

    async def _made(self, lookup: CacheLookup, seen: _TierReads) -> CacheResult:
        served = await self._fly(lookup, seen)
        for _ in range(COMPUTE_ATTEMPTS - 1):
            if served.kept:
                break
            served = await self._fly(lookup, await self._look(lookup))
        return served

    async def _fly(self, lookup: CacheLookup, seen: _TierReads) -> CacheResult:
        return await self._flights.do(_flight(lookup, seen), lambda: self._once(lookup, seen))

    async def _once(self, lookup: CacheLookup, seen: _TierReads) -> CacheResult:
        """Made by this process, or by the one that had claimed it before. Not kept if dropped meanwhile."""
        owner, lock = uuid4().hex, _lock(lookup, seen)
        mine = not seen.is_unreachable and await self._claimed(lookup, lock, owner)
        try:
            seen = await (self._look_in_l1(lookup) if seen.is_unreachable else self._look(lookup))
            found = seen.current(lookup)
            if found and self._is_fresh(found[0], lookup):
                return CacheResult(*found)
            entry = await lookup.make()
            return CacheResult(entry, "computed", outcome=await self._keep(lookup.key, entry, seen))
        finally:
            if mine:
                await self._l2.release_lock(lock, owner)

    async def _claimed(self, lookup: CacheLookup, lock: str, owner: str) -> bool:
        """Whether this process is to compute; False after the answer came, or the wait was too long."""
        until, pause = self._now() + self._lock_life_ms, FIRST_PAUSE_S
        while not await self._l2.acquire_lock(lock, owner, self._lock_life_ms):
            if self._now() >= until:
                return False
            await self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            seen = await self._look(lookup)
            found = seen.current(lookup)
            if seen.is_unreachable or (found and self._is_fresh(found[0], lookup)):
                return False
        return True

    async def _keep(self, key: str, entry: CacheEntry, seen: _TierReads) -> WriteOutcome:
        """What became of ``entry``: ``stored`` where every tier that can be written to has it."""
        outcomes: set[WriteOutcome] = set()
        for tier, versions in ((self._l2, seen.l2.tag_versions), (self._l1, seen.l1.tag_versions)):
            if versions is None:
                continue
            outcome = await tier.write(key, entry, versions)
            if outcome == "invalidated":
                return outcome
            outcomes.add(outcome)
        return "stored" if outcomes == {"stored"} else "not stored"


def _flight(lookup: CacheLookup, seen: _TierReads) -> tuple[object, ...]:
    """A drop begins a flight of its own: who asks after it is never given what was begun before it."""
    return lookup.key, lookup.tags, seen.l1.tag_versions, seen.l2.tag_versions


def _lock(lookup: CacheLookup, seen: _TierReads) -> str:
    material = "\n".join((lookup.key, *lookup.tags, *(seen.l2.tag_versions or ())))
    return sha256(material.encode()).hexdigest()

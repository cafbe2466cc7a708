"""F11: whatever the order in which refreshes and drops run into each other, no drop is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.tier import Tier
from sabiscore.cache.tiered_cache import TieredCache
from sabiscore.cache.upstash import UpstashTier
from sabiscore.cache.upstash_calls import UpstashCalls
from tests.support.caches import KEY, TAGS, Facts, Hands

INTERLEAVINGS = 10_000
ON_REDIS = 200


class Network:
    """A tier whose every call takes a seeded number of steps to arrive, and to come back."""

    def __init__(self, tier: Tier, chance: random.Random) -> None:
        self._tier = tier
        self._chance = chance

    async def _travel(self):
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)

    async def _call(self, work):
        await self._travel()
        value = await work
        await self._travel()
        return value

    async def read(self, key, tags):
        return await self._call(self._tier.read(key, tags))

    async def write(self, key, entry, tag_versions):
        return await self._call(self._tier.write(key, entry, tag_versions))

    async def invalidate(self, names):
        return await self._call(self._tier.invalidate(names))

    async def acquire_lock(self, name, owner, life_ms):
        return await self._call(self._tier.acquire_lock(name, owner, life_ms))

    async def release_lock(self, name, owner):
        return await self._call(self._tier.release_lock(name, owner))


class Careless(MemoryTier):
    """Writes whatever it is given, as a cache without generations does."""

    async def write(self, key, entry, tag_versions):
        return await super().write(key, entry, self._tag_versions(key, entry.tags))


class SlowFacts(Facts):
    """Facts whose reader takes a seeded number of steps."""

    chance: random.Random

    async def make(self):
        made = await super().make()
        for _ in range(self.chance.randrange(6)):
            await asyncio.sleep(0)
        return made


async def lost(seed: int, kind: Callable[[Hands], Tier] = MemoryTier) -> list[str]:
    """What readers were shown though it was dropped before they asked, in interleaving ``seed``."""
    chance = random.Random(seed)
    now = Hands()
    facts = SlowFacts(now)
    facts.chance = chance
    store = kind(now)
    fleet = [
        TieredCache(MemoryTier(now), Network(store, chance), now=now, failed=_raise, sleep=now.sleep)
        for _ in range(2)
    ]
    dropped, found = 0, []

    async def pause(most):
        for _ in range(chance.randrange(most)):
            await asyncio.sleep(0)

    async def revalidate():
        nonlocal dropped
        for _ in range(2):
            await pause(12)
            facts.value += 1
            value = facts.value
            await chance.choice(fleet).invalidate([chance.choice((KEY, *TAGS))])
            dropped = max(dropped, value)

    async def read():
        await pause(16)
        least = dropped
        served = await chance.choice(fleet).get(facts.question(), past_memory=True)
        if int(served.entry.body) < least:
            found.append(f"{served.source} gave {served.entry.body!r} after {least} was told")

    await asyncio.gather(revalidate(), *(read() for _ in range(4)))
    kept = (await store.read(KEY, TAGS)).entry
    if kept is not None and int(kept.body) < facts.value:
        found.append(f"the fleet keeps {kept.body!r}, but {facts.value} was told")
    return found


def _raise(error: Exception) -> None:
    raise error


def test_no_drop_is_lost_in_ten_thousand_interleavings():
    async def every():
        return {seed: found for seed in range(INTERLEAVINGS) if (found := await lost(seed))}

    assert asyncio.run(every()) == {}


def test_no_drop_is_lost_in_a_real_redis(shared):
    """The same over the scripts that Redis runs; what travels takes seeded and real time."""
    calls = UpstashCalls(shared.url, TOKEN, 5)
    tier = UpstashTier(calls, Hands())

    def on_redis(now):
        tier._now = now
        return tier

    async def every():
        found = {}
        for seed in range(ON_REDIS):
            await calls.run(lambda redis: redis.flushall())
            if lost_keys := await lost(seed, on_redis):
                found[seed] = lost_keys
        await tier.close()
        return found

    assert asyncio.run(every()) == {}


def test_the_rig_finds_the_drops_that_a_careless_cache_loses():
    async def every():
        return [seed for seed in range(300) if await lost(seed, Careless)]

    assert len(asyncio.run(every())) > 10

"""A line before something narrow: so many at a time, the others in order, on each event loop."""

from __future__ import annotations

import asyncio

from sabiscore.cache.breaker import CALLS_AT_ONCE, TIER_POLICY, GuardedTier, TierBreaker
from sabiscore.cache.single_flight import LoopSemaphore
from sabiscore.cache.tier import NullTier
from sabiscore.errors import CacheUnavailable


def test_so_many_at_a_time_in_the_order_they_came():
    line = LoopSemaphore(2)

    async def run():
        inside, most, order = 0, 0, []

        async def run_one(number):
            nonlocal inside, most
            async with line:
                inside, most = inside + 1, max(most, inside + 1)
                order.append(number)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*map(run_one, range(7)))
        return most, order

    for _ in range(2):  # a loop that has ended holds no place
        assert asyncio.run(run()) == (2, list(range(7)))


def test_whoever_stands_in_line_when_the_breaker_opens_does_not_try():
    class Dead(NullTier):
        tried = 0

        async def read(self, key, tags):
            self.tried += 1
            await asyncio.sleep(0)
            raise CacheUnavailable("away")

    dead, outcomes = Dead(), []
    tier = GuardedTier(dead, TierBreaker(lambda: 0), outcomes.append)

    async def run():
        await asyncio.gather(*(tier.read("key", ()) for _ in range(100)))

    asyncio.run(run())
    assert dead.tried < TIER_POLICY.failures + CALLS_AT_ONCE

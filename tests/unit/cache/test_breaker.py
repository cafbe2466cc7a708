"""A shared cache that does not answer is asked five times, then once in a while."""

from __future__ import annotations

import asyncio

import pytest

from sabiscore.cache.breaker import TIER_POLICY, GuardedTier, TierBreaker
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.unreachable import FOUND_AWAY
from sabiscore.errors import BadEntry, CacheUnavailable
from tests.support.caches import KEY, TAGS, Hands, entry


class Flaky(MemoryTier):
    """Memory that can be away; counts how often it is asked."""

    def __init__(self, now) -> None:
        super().__init__(now)
        self.unreachable = False
        self.asked = 0

    async def read(self, key, tags):
        self.asked += 1
        await asyncio.sleep(0)
        if self.unreachable:
            raise CacheUnavailable("away")
        return await super().read(key, tags)

    async def invalidate(self, names):
        if self.unreachable:
            raise CacheUnavailable("away")
        await super().invalidate(names)


@pytest.fixture
def rig():
    now, failures = Hands(), []
    tier = Flaky(now)
    return now, tier, GuardedTier(tier, TierBreaker(now), failures.append), failures


def ask(guarded, times=1):
    async def story():
        return [await guarded.read(KEY, TAGS) for _ in range(times)]

    return asyncio.run(story())


def test_it_opens_after_five_failures_in_a_row_and_is_not_asked_again(rig):
    _, tier, guarded, failures = rig
    tier.unreachable = True
    assert {reading.tag_versions for reading in ask(guarded, 100)} == {None}
    assert (tier.asked, len(failures)) == (5, 5)


def test_a_success_in_between_begins_the_count_anew(rig):
    _, tier, guarded, _ = rig
    for _ in range(3):
        tier.unreachable = True
        ask(guarded, 4)
        tier.unreachable = False
        ask(guarded)
    assert tier.asked == 15


def test_half_open_lets_one_probe_through_and_closes_when_it_works(rig):
    now, tier, guarded, _ = rig
    tier.unreachable = True
    ask(guarded, 5)
    now.at += 5_000

    async def together():
        await asyncio.gather(*(guarded.read(KEY, TAGS) for _ in range(50)))

    asyncio.run(together())
    assert tier.asked == 6
    tier.unreachable = False
    asyncio.run(together())
    assert tier.asked == 6  # the probe failed: open for another while
    now.at += 5_000
    assert ask(guarded)[0].tag_versions is not None
    ask(guarded, 9)
    assert tier.asked == 16


def test_while_away_it_stands_in_nobodys_way_but_a_drop_is_not_hidden(rig):
    _, tier, guarded, _ = rig
    tier.unreachable = True
    assert ask(guarded)[0].entry is None
    with pytest.raises(CacheUnavailable):
        asyncio.run(guarded.invalidate([KEY]))


def test_what_works_goes_through(rig):
    _, _, guarded, _ = rig

    async def story():
        tag_versions = (await guarded.read(KEY, TAGS)).tag_versions
        assert await guarded.write(KEY, entry(), tag_versions) == "stored"
        assert await guarded.acquire_lock("work", "me", 10)
        assert not await guarded.acquire_lock("work", "you", 10)
        await guarded.release_lock("work", "me")
        assert (await guarded.read(KEY, TAGS)).entry == entry()
        await guarded.invalidate([KEY])
        assert (await guarded.read(KEY, TAGS)).entry is None

    asyncio.run(story())


@pytest.mark.parametrize("jump_ms", [-3_600_000, 3_600_000])
def test_a_clock_that_jumps_an_hour_does_not_keep_it_open(rig, jump_ms):
    now, tier, guarded, _ = rig
    tier.unreachable = True
    ask(guarded, 5)
    tier.unreachable = False
    now.at += jump_ms
    assert ask(guarded)[0].tag_versions is not None


def test_a_probe_that_is_cancelled_lets_the_next_call_try(rig):
    now, tier, _, _ = rig
    breaker = TierBreaker(now)
    guarded = GuardedTier(tier, breaker, [].append)
    tier.unreachable = True
    ask(guarded, 5)
    now.at += 5_000

    async def cancelled():
        probe = asyncio.create_task(breaker.call(asyncio.Event().wait))
        await asyncio.sleep(0)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)

    asyncio.run(cancelled())
    tier.unreachable = False
    assert ask(guarded)[0].tag_versions is not None


class Recorder(MemoryTier):
    """Memory that keeps what it was asked, and can be away."""

    def __init__(self, now) -> None:
        super().__init__(now)
        self.asked: list[tuple] = []
        self.error: Exception | None = None

    def _ask(self, *what):
        self.asked.append(what)
        if self.error is not None:
            raise self.error

    async def write(self, key, entry_, tag_versions):
        self._ask("write", key, entry_, tag_versions)
        return "invalidated"

    async def acquire_lock(self, name, owner, life_ms):
        self._ask("acquire", name, owner, life_ms)
        return False

    async def release_lock(self, name, owner):
        self._ask("release", name, owner)


ASKED = [("write", KEY, entry(), ("1",)), ("acquire", "work", "me", 8_000), ("release", "work", "me")]


def each(guarded):
    async def story():
        return [
            await guarded.write(KEY, entry(), ("1",)),
            await guarded.acquire_lock("work", "me", 8_000),
            await guarded.release_lock("work", "me"),
        ]

    return asyncio.run(story())


def test_every_call_goes_through_as_it_came():
    tier = Recorder(Hands())
    assert each(GuardedTier(tier, TierBreaker(Hands()), raise_it)) == ["invalidated", False, None]
    assert tier.asked == ASKED


def test_a_failing_tier_stands_in_nobodys_way():
    tier, failures = Recorder(Hands()), []
    tier.error = CacheUnavailable("away")
    assert each(GuardedTier(tier, TierBreaker(Hands()), failures.append)) == ["not stored", True, None]
    assert tier.asked == ASKED
    assert failures == [tier.error] * 3


def test_an_entry_that_the_format_does_not_take_is_reported_and_opens_nothing():
    tier, failures, breaker = Recorder(Hands()), [], TierBreaker(Hands())
    tier.error = BadEntry("too long", hint="")
    guarded = GuardedTier(tier, breaker, failures.append)
    for _ in range(6):
        each(guarded)
    assert not breaker.is_open
    assert len(failures) == 18


def test_a_request_that_waited_in_vain_does_not_ask_again():
    tier = Recorder(Hands())

    async def story():
        FOUND_AWAY.set(True)
        return await GuardedTier(tier, TierBreaker(Hands()), raise_it).acquire_lock("work", "me", 1)

    assert asyncio.run(story()) is True
    assert tier.asked == []


def test_while_open_it_refuses_at_once_and_says_when_it_tries_again():
    breaker = TierBreaker(Hands())

    async def unanswered():
        raise CacheUnavailable("away")

    async def story():
        for _ in range(5):
            with pytest.raises(CacheUnavailable, match="away"):
                await breaker.call(unanswered)
        assert breaker.is_open
        with pytest.raises(CacheUnavailable, match="is not asked for now") as refused:
            await breaker.call(unanswered)
        assert refused.value.hint == "It is tried again soon."

    asyncio.run(story())


def raise_it(error: Exception) -> None:
    raise error


def test_it_is_asked_again_when_its_pause_is_over_and_not_before(rig):
    now, tier, guarded, _ = rig
    tier.unreachable = True
    ask(guarded, 5)
    now.at += round(1000 * TIER_POLICY.open_s) - 1
    ask(guarded)
    assert tier.asked == 5
    now.at += 1
    ask(guarded)
    assert tier.asked == 6

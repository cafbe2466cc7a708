"""One contract for what keeps entries: memory, a real Redis over Upstash's REST API, nothing at all."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache import keys
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.tier import NullTier, TierRead
from sabiscore.cache.upstash import UpstashTier
from sabiscore.cache.upstash_calls import UpstashCalls
from tests.support.caches import KEY, TAGS, Hands, entry

OTHER = keys.entry_key("/api/v1/leagues")


def now() -> int:
    return int(time.time() * 1000)


@pytest.fixture(params=["memory", "upstash"])
def tier(request):
    if request.param == "memory":
        return MemoryTier(now)
    return upstash(request.getfixturevalue("shared"))


def run(work, *tiers):
    async def to_the_end():
        try:
            return await work
        finally:
            for tier in tiers:
                if isinstance(tier, UpstashTier):
                    await tier.close()

    return asyncio.run(to_the_end())


def upstash(shared):
    return UpstashTier(UpstashCalls(shared.url, TOKEN, 5), now)


async def put(tier, entry_, key=KEY):
    reading = await tier.read(key, entry_.tags)
    return await tier.write(key, entry_, reading.tag_versions)


def test_what_is_written_is_read(tier):
    async def story():
        entry_ = entry("Müller ⚽", at=now())
        assert (await tier.read(KEY, TAGS)).entry is None
        assert await put(tier, entry_) == "stored"
        assert (await tier.read(KEY, TAGS)).entry == entry_
        assert (await tier.read(OTHER, TAGS)).entry is None

    run(story(), tier)


def test_bytes_that_are_not_text_come_back(tier):
    async def story():
        entry_ = replace(entry(at=now()), body=b"\xff\x00\x80")
        assert await put(tier, entry_) == "stored"
        assert (await tier.read(KEY, TAGS)).entry == entry_

    run(story(), tier)


def test_an_expired_entry_is_absent(tier):
    async def story():
        assert await put(tier, entry(at=now() - 700_000)) != "invalidated"
        assert (await tier.read(KEY, TAGS)).entry is None

    run(story(), tier)


@pytest.mark.parametrize("name", [KEY, TAGS[0], TAGS[2]])
def test_a_drop_takes_what_bears_the_name_and_no_more(tier, name):
    async def story():
        other = entry("two", at=now(), tags=("publication:abc",))
        assert await put(tier, entry(at=now())) == "stored"
        assert await put(tier, other, OTHER) == "stored"
        await tier.invalidate([name])
        assert (await tier.read(KEY, TAGS)).entry is None
        assert (await tier.read(OTHER, other.tags)).entry == other

    run(story(), tier)


@pytest.mark.parametrize("name", [KEY, *TAGS])
def test_what_was_begun_before_a_drop_is_not_written_after_it(tier, name):
    async def story():
        before = (await tier.read(KEY, TAGS)).tag_versions
        await tier.invalidate([name])
        assert await tier.write(KEY, entry(at=now()), before) == "invalidated"
        assert (await tier.read(KEY, TAGS)).entry is None
        assert await put(tier, entry(at=now())) == "stored"

    run(story(), tier)


def test_a_drop_of_something_else_is_in_nobodys_way(tier):
    async def story():
        before = (await tier.read(KEY, TAGS)).tag_versions
        await tier.invalidate(["match:another", OTHER])
        assert await tier.write(KEY, entry(at=now()), before) == "stored"

    run(story(), tier)


def test_one_owner_at_a_time_and_only_the_owner_lets_go(tier):
    async def story():
        assert await tier.acquire_lock("work", "me", 60_000)
        assert not await tier.acquire_lock("work", "you", 60_000)
        await tier.release_lock("work", "you")
        assert not await tier.acquire_lock("work", "you", 60_000)
        await tier.release_lock("work", "me")
        assert await tier.acquire_lock("work", "you", 60_000)

    run(story(), tier)


def test_a_claim_ends_with_its_life(tier):
    async def story():
        assert await tier.acquire_lock("work", "me", 1)
        await asyncio.sleep(0.01)  # Redis keeps its own time
        assert await tier.acquire_lock("work", "you", 60_000)

    run(story(), tier)


def test_nothing_keeps_nothing_and_stands_in_nobodys_way():
    async def story():
        tier = NullTier()
        assert await tier.read(KEY, TAGS) == TierRead(None, None)
        assert await tier.write(KEY, entry(), ()) == "not stored"
        assert (await tier.read(KEY, TAGS)).entry is None
        await tier.invalidate([KEY])
        assert await tier.acquire_lock("work", "me", 1)
        assert await tier.acquire_lock("work", "you", 1)
        await tier.release_lock("work", "me")

    run(story())


def test_redis_forgets_by_itself(shared):
    tier = upstash(shared)

    async def story():
        await put(tier, entry(at=now()))
        await tier.invalidate(["odds"])

    run(story(), tier)
    names = shared.run("KEYS", "*").split()
    assert len(names) == 1 + len(TAGS) + 1
    assert all(0 < int(shared.run("PTTL", name)) <= 86_400_000 for name in names)
    assert all(name.startswith("sabiscore:1:") for name in names)


def test_the_members_of_a_tag_do_not_outlive_their_entries(shared):
    clock = Hands(now())
    tier = UpstashTier(UpstashCalls(shared.url, TOKEN, 5), clock)

    async def story():
        for number in range(20):
            await put(tier, entry(at=clock.at), keys.entry_key(f"/{number}"))
            clock.at += 120_000

    run(story(), tier)
    assert int(shared.run("ZCARD", keys.members_key(TAGS[0]))) == 6  # of eleven minutes


@pytest.mark.parametrize("text", ["", "{}", '{"format":2}', "<html>", "x" * 1_000_001])
def test_what_another_format_wrote_is_a_miss_and_is_replaced(shared, text):
    """F9: keys hold the format; and should something else lie there, it is never served."""
    shared.run("SET", KEY, text) if len(text) < 100_000 else shared.run("SETRANGE", KEY, "1000001", "x")

    tier = upstash(shared)

    async def story():
        assert (await tier.read(KEY, TAGS)).entry is None
        assert await put(tier, entry(at=now())) == "stored"
        assert (await tier.read(KEY, TAGS)).entry is not None

    run(story(), tier)


def test_code_of_another_format_does_not_see_our_entries(shared, monkeypatch):
    tier = upstash(shared)

    async def seen():
        return (await tier.read(keys.entry_key("/a"), TAGS)).entry is not None

    run(put(tier, entry(at=now()), keys.entry_key("/a")), tier)
    monkeypatch.setattr(keys, "PREFIX", "sabiscore:2:")
    assert not run(seen(), tier)
    monkeypatch.undo()
    assert run(seen(), tier)

"""Memory is bounded, in number and in how long it is believed."""

from __future__ import annotations

import asyncio

from sabiscore.cache.memory import GENERATIONS_KEPT, MemoryTier
from tests.support.caches import KEY, TAGS, Hands, entry


def read(tier, key=KEY):
    return asyncio.run(tier.read(key, TAGS))


def write(tier, entry_, key=KEY):
    return asyncio.run(tier.write(key, entry_, read(tier, key).tag_versions))


def test_the_least_recently_used_leaves_first():
    tier = MemoryTier(Hands(), limit=2)
    write(tier, entry("a"), "a")
    write(tier, entry("b"), "b")
    read(tier, "a")
    write(tier, entry("c"), "c")
    assert [read(tier, key).entry is not None for key in "abc"] == [True, False, True]
    assert len(tier) == 2


def test_after_its_hold_an_entry_stays_but_is_not_believed_alone():
    now = Hands()
    tier = MemoryTier(now, hold_ms=30_000)
    write(tier, entry())
    now.at += 29_999
    assert read(tier).recent
    now.at += 1
    assert (read(tier).recent, read(tier).entry) == (False, entry())
    now.at = entry().stale_until
    assert read(tier).entry is None
    assert len(tier) == 0


def test_forgotten_drops_refuse_a_write_too_many_and_never_one_too_few(monkeypatch):
    monkeypatch.setattr("sabiscore.cache.memory.GENERATIONS_KEPT", 3)
    tier = MemoryTier(Hands())
    before = read(tier).tag_versions
    asyncio.run(tier.invalidate([TAGS[0], "a", "b", "c", "d"]))
    assert asyncio.run(tier.write(KEY, entry(), before)) == "invalidated"
    assert write(tier, entry()) == "stored"


def test_a_lock_is_held_by_one_until_it_is_freed_or_its_life_ends():
    now = Hands()
    tier = MemoryTier(now)

    def acquired(name: str, owner: str) -> bool:
        return asyncio.run(tier.acquire_lock(name, owner, 1_000))

    assert acquired("work", "a")
    assert not acquired("work", "b")
    assert acquired("other", "b")
    asyncio.run(tier.release_lock("work", "b"))  # not the owner's
    assert not acquired("work", "b")
    asyncio.run(tier.release_lock("work", "a"))
    assert acquired("work", "b")
    now.at += 999
    assert not acquired("work", "a")
    now.at += 1
    assert acquired("work", "a")
    asyncio.run(tier.release_lock("never-held", "a"))


def test_a_drop_takes_entries_by_key_and_by_tag_and_no_others():
    tier = MemoryTier(Hands())
    write(tier, entry("a"), "a")
    write(tier, entry("b"), "b")
    asyncio.run(tier.invalidate(["a"]))
    assert [read(tier, key).entry is not None for key in "ab"] == [False, True]
    asyncio.run(tier.invalidate(["elsewhere"]))
    assert read(tier, "b").entry == entry("b")
    asyncio.run(tier.invalidate([TAGS[1]]))
    assert read(tier, "b").entry is None


def test_a_drop_changes_the_generations_of_its_names_alone():
    tier = MemoryTier(Hands())
    never = read(tier).tag_versions
    assert never == ("0",) * 4
    asyncio.run(tier.invalidate(["elsewhere"]))
    assert read(tier).tag_versions == never
    asyncio.run(tier.invalidate([TAGS[0]]))
    after = read(tier).tag_versions
    assert [old != new for old, new in zip(never, after, strict=True)] == [False, True, False, False]
    asyncio.run(tier.invalidate([TAGS[0]]))
    assert read(tier).tag_versions[1] != after[1]


def test_an_absent_entry_is_neither_there_nor_recent():
    found = read(MemoryTier(Hands()))
    assert (found.entry, found.recent) == (None, False)


def test_a_key_that_was_dropped_may_be_written_again_and_never_from_before():
    memory = MemoryTier(Hands())

    async def story():
        before = await memory.read(KEY, TAGS)
        await memory.invalidate([KEY])
        assert await memory.write(KEY, entry(), before.tag_versions) == "invalidated"
        after = await memory.read(KEY, TAGS)
        assert await memory.write(KEY, entry(), after.tag_versions) == "stored"
        assert (await memory.read(KEY, TAGS)).entry == entry()

    asyncio.run(story())


def test_as_many_drops_are_remembered_as_it_says_and_then_everything_counts_as_dropped():
    memory = MemoryTier(Hands())

    async def may_write():
        return await memory.write(KEY, entry(), before.tag_versions) == "stored"

    async def story():
        nonlocal before
        before = await memory.read(KEY, TAGS)
        await memory.invalidate([f"name:{number}" for number in range(GENERATIONS_KEPT)])
        assert await may_write()
        await memory.invalidate(["name:more"])
        assert not await may_write()

    before = None
    asyncio.run(story())

"""Memory is bounded, in number and in how long it is believed."""

from __future__ import annotations

import asyncio

from sabiscore.cache.memory import MemoryTier
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
    assert not asyncio.run(tier.write(KEY, entry(), before))
    assert write(tier, entry())

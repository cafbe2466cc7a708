"""Fresh, stale, expired; one computation; a copy rather than an error."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sabiscore.cache.breaker import GuardedTier, TierBreaker
from sabiscore.cache.entry import LONGEST_ENTRY, encode
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.tier import NullTier
from sabiscore.cache.tiered_cache import COMPUTE_ATTEMPTS, LOCK_LIFE_MS, CacheResult, TieredCache
from sabiscore.errors import CacheUnavailable, NothingPublished, UnknownMatch
from sabiscore.http.caching import cache_status
from tests.support.caches import KEY, START, TAGS, Facts, Hands, entry


class Fleet:
    """Processes with memories of their own over one shared tier."""

    def __init__(self, size: int = 1, shared=None) -> None:
        self.now = Hands()
        self.facts = Facts(self.now)
        self.failures: list[Exception] = []
        self.shared = shared or MemoryTier(self.now)
        self.processes = [
            TieredCache(
                MemoryTier(self.now),
                self.shared,
                now=self.now,
                failed=self.failures.append,
                sleep=self.now.sleep,
            )
            for _ in range(size)
        ]

    def get(self, process=0, **options):
        return asyncio.run(self.processes[process].get(self.facts.question(), **options))


def test_fresh_is_served_from_memory_then_from_the_fleet():
    fleet = Fleet(2)
    assert [fleet.get(0).source, fleet.get(0).source, fleet.get(1).source] == ["computed", "memory", "shared"]
    assert fleet.get(1).source == "memory"
    assert fleet.facts.made == [0]


def test_stale_is_served_at_once_and_refreshed_behind():
    fleet = Fleet()
    fleet.get()
    fleet.now.at += 60_000
    fleet.facts.value = 1
    served = fleet.get()
    assert (served.entry.body, served.entry.age_s(fleet.now())) == (b"0", 60)
    assert fleet.facts.made == [0]
    asyncio.run(served.refresh())
    again = fleet.get()
    assert (again.entry.body, again.entry.age_s(fleet.now()), again.refresh) == (b"1", 0, None)


def test_expired_is_never_served():
    fleet = Fleet()
    fleet.get()
    fleet.now.at = entry().stale_until
    fleet.facts.value = 1
    assert fleet.get().entry.body == b"1"


def test_a_refresh_that_fails_for_hours_leaves_the_copy_until_its_limit():
    """F5."""
    fleet = Fleet()
    fleet.get()
    fleet.facts.fails = NothingPublished("away")
    for at in range(START + 60_000, START + 660_000, 30_000):
        fleet.now.at = at
        served = fleet.get()
        assert (served.entry.body, served.entry.age_s(at)) == (b"0", (at - START) // 1000)
        asyncio.run(served.refresh())
    assert len(fleet.failures) == 20
    fleet.now.at = START + 660_000
    with pytest.raises(NothingPublished):
        fleet.get()


def test_another_publication_is_made_at_once_and_the_old_serves_while_it_cannot_be():
    fleet = Fleet()
    fleet.get()
    fleet.facts.tags = ("bundle:2.0.0", *TAGS[1:])
    fleet.facts.fails = NothingPublished("away")
    served = fleet.get()
    assert (served.entry.body, served.failed) == (b"0", True)
    fleet.facts.fails = None
    assert fleet.get().source == "computed"
    assert fleet.get().entry.tags[0] == "bundle:2.0.0"


def test_a_refusal_is_the_callers_even_where_there_is_a_copy():
    fleet = Fleet()
    fleet.get()
    fleet.facts.tags = ("bundle:2.0.0", *TAGS[1:])
    fleet.facts.fails = UnknownMatch("gone")
    with pytest.raises(UnknownMatch):
        fleet.get()


@pytest.mark.parametrize("size", [1, 4])
def test_many_who_ask_at_once_cost_one_computation(size):
    fleet = Fleet(size)

    async def story():
        return await asyncio.gather(
            *(fleet.processes[i % size].get(fleet.facts.question()) for i in range(1000))
        )

    assert {served.entry.body for served in asyncio.run(story())} == {b"0"}
    assert fleet.facts.made == [0]


def test_without_a_shared_cache_it_is_one_computation_a_process():
    fleet = Fleet(4, shared=NullTier())

    async def story():
        await asyncio.gather(*(fleet.processes[i % 4].get(fleet.facts.question()) for i in range(1000)))

    asyncio.run(story())
    assert fleet.facts.made == [0] * 4


def test_many_who_find_it_stale_wait_for_nobody_and_cost_one_refresh():
    """L7."""
    fleet = Fleet(4)
    fleet.get()
    fleet.now.at += 60_000
    fleet.facts.value = 1

    async def story():
        asked = [fleet.processes[i % 4].get(fleet.facts.question()) for i in range(1000)]
        served = await asyncio.gather(*asked)
        assert {result.entry.body for result in served} == {b"0"}
        assert fleet.facts.made == [0]  # nobody has computed anything yet
        await asyncio.gather(*(result.refresh() for result in served))

    asyncio.run(story())
    assert fleet.facts.made == [0, 1]
    assert [fleet.get(process).entry.body for process in range(4)] == [b"1"] * 4


def test_who_died_while_computing_blocks_the_others_no_longer_than_the_lock_lives():
    fleet = Fleet()

    class Dead(MemoryTier):
        async def acquire_lock(self, name, owner, life_ms):
            assert life_ms == LOCK_LIFE_MS
            return fleet.now() >= START + LOCK_LIFE_MS

    fleet.processes = Fleet(shared=Dead(fleet.now)).processes
    fleet.processes = [
        TieredCache(
            MemoryTier(fleet.now),
            Dead(fleet.now),
            now=fleet.now,
            failed=fleet.failures.append,
            sleep=fleet.now.sleep,
        )
    ]
    assert fleet.get().source == "computed"
    assert fleet.now() - START <= LOCK_LIFE_MS + 200


def test_after_a_drop_nobody_anywhere_past_memory_sees_the_old():
    fleet = Fleet(2)
    fleet.get(0), fleet.get(1)
    fleet.facts.value = 1
    asyncio.run(fleet.processes[0].invalidate(["match:epl-2526-arsenal-chelsea"]))
    assert fleet.get(1).entry.body == b"0"  # the other process has not heard of it yet
    assert fleet.get(1, past_memory=True).entry.body == b"1"
    assert fleet.get(0).entry.body == b"1"
    fleet.now.at += 30_000
    assert fleet.get(1).entry.body == b"1"


def test_what_is_dropped_whenever_it_is_made_is_served_but_not_kept():
    fleet = Fleet()

    async def make():
        await fleet.processes[0].invalidate(["league:epl"])
        return await fleet.facts.make()

    question = replace(fleet.facts.question(), make=make)
    served = asyncio.run(fleet.processes[0].get(question))
    assert (served.kept, served.stored, len(fleet.facts.made)) == (False, False, COMPUTE_ATTEMPTS)
    assert len(fleet.shared) == 0


class Strict(MemoryTier):
    """A tier that sends entries as texts, and so takes none that is too long."""

    async def write(self, key, entry_, tag_versions):
        encode(entry_)
        return await super().write(key, entry_, tag_versions)


def test_an_answer_too_long_for_the_fleet_is_made_once_and_never_said_to_be_stored():
    failures: list[Exception] = []
    now = Hands()
    fleet = Fleet(2, shared=GuardedTier(Strict(now), TierBreaker(now), failures.append))

    async def make():
        return replace(await fleet.facts.make(), body=b"x" * LONGEST_ENTRY)

    def get(process: int) -> CacheResult:
        return asyncio.run(fleet.processes[process].get(replace(fleet.facts.question(), make=make)))

    served = get(0)
    assert (served.source, served.kept, served.stored) == ("computed", True, False)
    assert cache_status(served, START) == "SabiScore; fwd=miss; ttl=60; detail=computed"
    assert len(fleet.facts.made) == len(failures) == 1, "it is not made again, nor kept from others"
    assert get(0).source == "memory"
    assert get(1).source == "computed", "nobody shares it"


@pytest.mark.parametrize("shared", [MemoryTier(Hands()), NullTier()])
def test_what_every_tier_that_can_be_written_to_has_taken_is_stored(shared):
    served = Fleet(shared=shared).get()
    assert served.stored
    assert "; stored;" in cache_status(served, START)


def test_what_no_tier_keeps_is_not_stored():
    now, facts = Hands(), Facts(Hands())
    cache = TieredCache(NullTier(), NullTier(), now=now, failed=lambda _: None)
    served = asyncio.run(cache.get(facts.question()))
    assert (served.kept, served.stored, len(facts.made)) == (True, False, 1)


def test_a_drop_that_the_fleet_did_not_hear_of_says_so_and_is_done_here():
    fleet = Fleet()
    fleet.get()

    class Away(NullTier):
        async def invalidate(self, names):
            raise CacheUnavailable("away")

    near = MemoryTier(fleet.now)
    chain = TieredCache(near, Away(), now=fleet.now, failed=fleet.failures.append)
    asyncio.run(chain.get(fleet.facts.question()))
    with pytest.raises(CacheUnavailable):
        asyncio.run(chain.invalidate([KEY]))
    assert len(near) == 0


def test_a_process_remembers_what_it_has_served_however_old():
    fleet = Fleet(2)
    fleet.get(0)
    fleet.now.at += 500_000

    def remembers(process: int, key: str) -> bool:
        return asyncio.run(fleet.processes[process].remembers(key))

    assert [remembers(0, KEY), remembers(0, "another"), remembers(1, KEY)] == [True, False, False]

"""Questions of different keys never share an answer, a look or a lock, and a lock is given back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sabiscore.cache.memory import HOLD_MS, MemoryTier
from sabiscore.cache.tier import NullTier, TierRead
from sabiscore.cache.tiered_cache import LOCK_LIFE_MS, LONGEST_PAUSE_S, CacheLookup, TieredCache
from sabiscore.errors import NothingPublished
from tests.support.caches import KEY, START, TAGS, Facts, Hands, entry

KEYS = (KEY, f"{KEY}-other")


class Shared(MemoryTier):
    """A shared tier that counts what it is asked."""

    def __init__(self, now) -> None:
        super().__init__(now)
        self.reads = 0
        self.locks: list[str] = []

    async def read(self, key, tags):
        self.reads += 1
        await asyncio.sleep(0)
        return await super().read(key, tags)

    async def acquire_lock(self, name, owner, life_ms):
        self.locks.append(name)
        return await super().acquire_lock(name, owner, life_ms)


class Held(Shared):
    """Somebody else has every lock, for as long as it takes; ``found`` is what a look finds then."""

    def __init__(self, now) -> None:
        super().__init__(now)
        self.found = TierRead(None, ("0",) * 4)

    async def read(self, key, tags):
        return self.found

    async def acquire_lock(self, name, owner, life_ms):
        return False


class Away(NullTier):
    """A shared tier that nobody reaches; counts how often somebody tries."""

    def __init__(self) -> None:
        self.reads = 0

    async def read(self, key, tags):
        self.reads += 1
        return TierRead()


class Process:
    """A cache over ``shared``; ``slept`` are its pauses, each followed by ``meanwhile``."""

    def __init__(self, now, shared) -> None:
        self.now = now
        self.failures: list[Exception] = []
        self.slept: list[float] = []
        self.meanwhile = lambda: None
        self.cache = TieredCache(
            MemoryTier(now), shared, now=now, failed=self.failures.append, sleep=self.sleep
        )

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await self.now.sleep(seconds)
        self.meanwhile()

    def get(self, *lookups):
        async def story():
            return await asyncio.gather(*(self.cache.get(lookup) for lookup in lookups))

        return asyncio.run(story())


def saying(body, key=KEY, *, at=START, life=60_000, stale=600_000):
    made = []

    async def make():
        made.append(body)
        await asyncio.sleep(0)
        return entry(body, at=at, life=life, stale=stale)

    return CacheLookup(key, TAGS, make), made


def bodies(served):
    return [result.entry.body.decode() for result in served]


def test_answers_made_at_the_same_time_are_those_of_their_keys():
    now = Hands()
    process = Process(now, Shared(now))
    lookups = [saying(key, key)[0] for key in KEYS]
    assert bodies(process.get(*lookups)) == list(KEYS)


def test_answers_looked_up_at_the_same_time_are_those_of_their_keys():
    now = Hands()
    process = Process(now, Shared(now))
    lookups = [saying(key, key)[0] for key in KEYS]
    process.get(*lookups)
    now.at += HOLD_MS
    served = process.get(*lookups)
    assert bodies(served) == list(KEYS)
    assert {result.source for result in served} == {"shared"}


def test_each_key_has_a_lock_of_its_own():
    now = Hands()
    shared = Shared(now)
    Process(now, shared).get(*(saying(key, key)[0] for key in KEYS))
    assert len(set(shared.locks)) == len(KEYS)


def test_a_hit_in_the_fleet_is_looked_up_once_and_claims_nothing():
    now = Hands()
    shared = Shared(now)
    lookup, _ = saying("one")
    Process(now, shared).get(lookup)
    shared.reads, shared.locks = 0, []
    assert Process(now, shared).get(lookup)[0].source == "shared"
    assert (shared.reads, shared.locks) == (1, [])


def test_a_lock_is_given_back_when_the_answer_is_made():
    now = Hands()
    shared = Shared(now)
    lookup, made = saying("one", life=1, stale=1)
    Process(now, shared).get(lookup)
    now.at += 2
    other = Process(now, shared)
    other.get(lookup)
    assert (made, other.slept) == (["one", "one"], [])


@pytest.mark.parametrize("make_shared", [Shared, lambda _: Away()])
def test_an_answer_whose_key_was_dropped_is_made_once_and_kept(make_shared):
    now = Hands()
    process = Process(now, make_shared(now))
    lookup, made = saying("one")
    process.get(lookup)
    asyncio.run(process.cache.invalidate([KEY]))
    assert process.get(lookup)[0].kept
    assert process.get(lookup)[0].source == "memory"
    assert made == ["one", "one"]


def test_while_the_fleet_is_away_memory_is_believed_as_long_as_it_is_fresh():
    now = Hands()
    process = Process(now, Away())
    lookup, made = saying("one")
    process.get(lookup)
    now.at += HOLD_MS
    assert process.get(lookup)[0].source == "memory"
    assert made == ["one"]


def test_a_fleet_that_is_away_is_asked_once_a_question():
    shared = Away()
    Process(Hands(), shared).get(saying("one")[0])
    assert shared.reads == 1


def test_whoever_waits_looks_again_after_pauses_that_double_up_to_a_bound():
    now = Hands()
    process = Process(now, Held(now))
    assert bodies(process.get(saying("mine")[0])) == ["mine"]
    assert process.slept[:6] == [0.01, 0.02, 0.04, 0.08, 0.16, LONGEST_PAUSE_S]
    assert sum(process.slept) * 1000 == pytest.approx(LOCK_LIFE_MS, abs=1000 * LONGEST_PAUSE_S)


@pytest.mark.parametrize(
    ("found", "body"),
    [(TierRead(entry("theirs"), ("0",) * 4), "theirs"), (TierRead(), "mine")],
    ids=["their answer came", "the fleet went away"],
)
def test_whoever_waits_stops_when_there_is_nothing_to_wait_for(found, body):
    now = Hands()
    shared = Held(now)
    process = Process(now, shared)

    def come():
        shared.found = found

    process.meanwhile = come
    assert bodies(process.get(saying("mine")[0])) == [body]
    assert process.slept == [0.01]


@pytest.mark.parametrize(("make_shared", "source"), [(Shared, "shared"), (lambda _: Away(), "memory")])
def test_a_copy_that_serves_instead_says_where_it_is_from_and_why(make_shared, source):
    now = Hands()
    process, facts = Process(now, make_shared(now)), Facts(now)
    process.get(facts.question())
    facts.tags, facts.fails = (*TAGS, "z"), NothingPublished("away")
    (served,) = process.get(facts.question())
    assert (served.source, served.failed, served.entry.body) == (source, True, b"0")
    assert process.failures == [facts.fails]


def test_a_copy_that_expired_while_another_was_made_does_not_serve():
    now = Hands()
    process, facts = Process(now, Shared(now)), Facts(now)
    process.get(facts.question())
    late = facts.question()

    async def make():
        now.at = entry().stale_until
        raise NothingPublished("away")

    with pytest.raises(NothingPublished):
        process.get(replace(late, tags=(*TAGS, "z"), make=make))


def test_a_refresh_that_fails_says_why():
    now = Hands()
    process, facts = Process(now, Shared(now)), Facts(now)
    process.get(facts.question())
    now.at += 60_000
    facts.fails = NothingPublished("away")
    (served,) = process.get(facts.question())
    asyncio.run(served.refresh())
    assert process.failures == [facts.fails]

"""Signed calls are taken once: copies are refused, retries get the first answer, one effect an id."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import Headers

from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.breaker import GuardedTier, TierBreaker
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.tier import NullTier
from sabiscore.cache.upstash import UpstashTier
from sabiscore.cache.upstash_calls import UpstashCalls
from sabiscore.clock import FixedClock
from sabiscore.errors import CacheUnavailable, CallConflict, Unsigned
from sabiscore.http.signatures import signed_headers
from sabiscore.http.webhooks import SignedCalls

SECRET = "whsec_" + "c2VjcmV0" * 4
NOW = datetime(2025, 8, 15, 9, tzinfo=UTC)
BODY = b'{"tag":"odds"}'


class Fleet:
    """Processes that take calls over one shared tier, and what they did."""

    def __init__(self, shared) -> None:
        self.clock = FixedClock(NOW)
        self.shared = shared
        self.done: list[str] = []
        self.failures: list[Exception] = []

    def now(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def process(self) -> SignedCalls:
        return SignedCalls(
            [SECRET], MemoryTier(self.now), l2=self.shared, clock=self.clock, failed=self.failures.append
        )

    async def take(self, process: SignedCalls, headers, body=BODY) -> bytes:
        call = await process.admit(Headers(headers), body)

        async def work() -> bytes:
            await asyncio.sleep(0)
            self.done.append(call.id)
            return f"{call.id} was done as number {len(self.done)}".encode()

        return await process.once(call, work)


class Away(MemoryTier):
    """A shared cache that is never reached."""

    async def read(self, key, tags):
        raise CacheUnavailable("away")

    async def acquire_lock(self, name, owner, life_ms):
        raise CacheUnavailable("away")


@pytest.fixture(params=["memory", "redis"])
def fleet(request, tmp_path):
    if request.param == "memory":
        return Fleet(MemoryTier(lambda: int(NOW.timestamp() * 1000)))
    shared = request.getfixturevalue("shared")
    made = Fleet(NullTier())
    made.shared = UpstashTier(UpstashCalls(shared.url, TOKEN, 5), made.now)
    return made


def run(fleet, story):
    async def to_the_end():
        try:
            await story()
        finally:
            if isinstance(fleet.shared, UpstashTier):
                await fleet.shared.close()

    asyncio.run(to_the_end())


def signed(call_id="call_1", body=BODY, late_s=0):
    return signed_headers([SECRET], body, NOW + timedelta(seconds=late_s), call_id)


def test_a_copy_is_refused_by_every_process(fleet):
    async def story():
        first, other = fleet.process(), fleet.process()
        await fleet.take(first, signed())
        for process in (first, other, first):
            with pytest.raises(Unsigned):
                await fleet.take(process, signed())
        assert fleet.done == ["call_1"]

    run(fleet, story)


def test_a_retry_learns_what_came_of_the_first_attempt(fleet):
    async def story():
        result, other = fleet.process(), fleet.process()
        first = await fleet.take(result, signed())
        assert await fleet.take(other, signed(late_s=5)) == first
        assert await fleet.take(result, signed(late_s=9)) == first
        assert fleet.done == ["call_1"]

    run(fleet, story)


def test_a_hundred_attempts_at_once_are_one_effect(fleet):
    async def story():
        fleet_of = [fleet.process() for _ in range(4)]
        attempts = [fleet.take(fleet_of[n % 4], signed(late_s=n)) for n in range(100)]
        assert set(await asyncio.gather(*attempts)) == {b"call_1 was done as number 1"}
        assert fleet.done == ["call_1"]

    run(fleet, story)


def test_of_a_hundred_copies_at_once_one_is_taken(fleet):
    async def story():
        fleet_of = [fleet.process() for _ in range(4)]
        results = await asyncio.gather(
            *(fleet.take(fleet_of[n % 4], signed()) for n in range(100)), return_exceptions=True
        )
        assert sum(isinstance(first, Unsigned) for first in results) == 99
        assert fleet.done == ["call_1"]

    run(fleet, story)


def test_an_id_stands_for_one_body(fleet):
    async def story():
        process = fleet.process()
        await fleet.take(process, signed())
        with pytest.raises(CallConflict):
            await fleet.take(process, signed(body=b"{}"), b"{}")
        assert fleet.done == ["call_1"]

    run(fleet, story)


def test_what_failed_is_done_by_the_next_attempt(fleet):
    async def story():
        process = fleet.process()
        call = await process.admit(Headers(signed()), BODY)

        async def fails() -> bytes:
            raise CacheUnavailable("away")

        with pytest.raises(CacheUnavailable):
            await process.once(call, fails)
        assert await fleet.take(process, signed(late_s=5)) == b"call_1 was done as number 1"

    run(fleet, story)


def test_a_field_sent_twice_is_refused(fleet):
    async def story():
        fields = [(name.encode(), value.encode()) for name, value in signed().items()]
        for doubled in fields:
            with pytest.raises(Unsigned):
                await fleet.process().admit(Headers(raw=[*fields, doubled]), BODY)

    run(fleet, story)


def test_while_the_shared_cache_is_away_each_process_refuses_the_copies_it_sees():
    fleet = Fleet(NullTier())
    fleet.shared = GuardedTier(Away(fleet.now), TierBreaker(fleet.now), fleet.failures.append)

    async def story():
        process = fleet.process()
        first = await fleet.take(process, signed())
        with pytest.raises(Unsigned):
            await fleet.take(process, signed())
        assert await fleet.take(process, signed(late_s=5)) == first
        assert fleet.done == ["call_1"]

    asyncio.run(story())

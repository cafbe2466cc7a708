"""F1, F2: whatever becomes of the shared cache, readers are answered, with true ages, never a 500."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from infra.rigs.faults import FAULTS, fault_proxy
from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.breaker import TIER_POLICY, GuardedTier, TierBreaker
from sabiscore.cache.upstash import UpstashTier
from sabiscore.cache.upstash_calls import UpstashCalls
from tests.support.served import NOW, Client, world

READ = "/api/v1/insights/epl-2526-arsenal-chelsea"


class Reader:
    """A process that answers over the shared cache at ``port``; one event loop for all it does."""

    def __init__(self, served, port: int) -> None:
        self.served = served
        self.refused: list[Exception] = []
        self.tier = UpstashTier(UpstashCalls(f"http://127.0.0.1:{port}", TOKEN), served.now)
        self.begin()

    def begin(self) -> None:
        """Nothing has failed yet: a busy machine can be too late for the first calls."""
        self.refused.clear()
        self.breaker = TierBreaker(self.served.now)
        self.new_process()

    def new_process(self) -> None:
        """Forget what this process remembers, the breaker excepted."""
        guarded = GuardedTier(self.tier, self.breaker, self.refused.append)
        self.served.answers = self.served.answers_over(guarded)

    async def read(self, **options):
        return await Client(self.served.app).ask("GET", READ, **options)


@pytest.fixture
def rig(tmp_path, shared):
    served = world(tmp_path)
    with fault_proxy(shared.port) as proxy:
        yield Reader(served, proxy.port), proxy


def run(reader, story):
    async def to_the_end():
        try:
            await story()
        finally:
            await reader.tier.close()

    asyncio.run(to_the_end())


async def settled(proxy) -> int:
    """How many requests reached ``proxy``, once those that go on behind an answer have."""
    seen = -1
    while seen != proxy.requests:
        seen = proxy.requests
        await asyncio.sleep(0.2)
    return seen


@pytest.mark.parametrize("fault", FAULTS)
def test_under_every_fault_readers_are_answered_and_it_is_asked_no_more_after_five_failures(rig, fault):
    reader, proxy = rig

    async def story():
        first = await reader.read()
        before = await settled(proxy)
        reader.begin()
        proxy.fault = fault
        for _ in range(30):
            reader.new_process()
            answer = await reader.read()
            assert answer.status_code == 200
            assert answer.content == first.content
        assert len(reader.refused) == TIER_POLICY.failures
        assert reader.breaker.is_open
        assert proxy.requests - before <= TIER_POLICY.failures

    run(reader, story)


def test_when_it_is_back_one_probe_finds_out(rig):
    reader, proxy = rig

    async def story():
        proxy.fault = "500_html"
        for _ in range(10):
            reader.new_process()
            await reader.read()
        asked = proxy.requests
        assert asked == TIER_POLICY.failures
        proxy.fault = "none"
        reader.served.clock.at += timedelta(milliseconds=round(TIER_POLICY.open_s * 1000))
        reader.new_process()
        await reader.read()
        assert not reader.breaker.is_open
        reader.new_process()
        answer = await reader.read()
        assert "detail=shared" in answer.headers["cache-status"]

    run(reader, story)


def test_with_everything_away_the_last_good_copy_serves_with_its_true_age_and_then_503(rig):
    """F5, and the origin's own model away as well."""
    reader, proxy = rig

    async def story():
        first = await reader.read()
        proxy.fault = "refuse"
        reader.served.models.model = type("Gone", (), {"version": "1.2.3"})()
        for minutes in (6, 20, 54):
            reader.served.clock.at = NOW + timedelta(minutes=minutes)
            answer = await reader.read()
            assert (answer.status_code, answer.headers["age"]) == (200, str(60 * minutes))
            assert answer.content == first.content
        reader.served.models.model = None
        reader.served.clock.at = NOW + timedelta(minutes=55)
        answer = await reader.read()
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"

    run(reader, story)

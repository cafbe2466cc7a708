"""The count of a fleet asks one Redis in one way, and says of each failure once that it failed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import upstash_ratelimit.limiter

from sabiscore.cache.breaker import TIER_POLICY, TierBreaker
from sabiscore.errors import CacheUnavailable
from sabiscore.limits.fleet import FleetCount
from sabiscore.limits.leases import Grant
from tests.support.limiters import START, WINDOW_MS, Hands

READER = "203.0.113.7"


class FakeRedis:
    """Answers each script with the next of ``left`` and keeps what it was asked."""

    def __init__(self, *left: int) -> None:
        self.left = list(left)
        self.asked: list[tuple[list[str], list[Any]]] = []
        self._headers: dict[str, str] = {}

    async def eval(self, script: str, keys: list[str], args: list[Any]) -> int:
        self.asked.append((keys, args))
        return self.left.pop(0)


class FakeCalls:
    """Calls to ``redis``, or to nobody while that is None."""

    def __init__(self, redis: FakeRedis | None) -> None:
        self.redis = redis
        self.made = 0

    async def run(self, call):
        self.made += 1
        if self.redis is None:
            raise CacheUnavailable("away", hint="")
        return await call(self.redis)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(upstash_ratelimit.limiter, "now_ms", hands)
    return hands


def counted(now: Hands, redis: FakeRedis | None, most: int = 100):
    """(the count, its calls, its breaker, what failed)."""
    failed: list[Exception] = []
    calls, breaker = FakeCalls(redis), TierBreaker(now)
    return FleetCount(calls, breaker, most, failed.append), calls, breaker, failed


def test_a_lease_is_one_script_over_the_keys_that_the_edge_counts_under(now):
    redis = FakeRedis(93)
    count, _, _, failed = counted(now, redis)
    now.at = START + 250
    assert asyncio.run(count.lease(READER, 7)) == Grant(7, 93, START + WINDOW_MS)
    window = START // WINDOW_MS
    keys = [f"sabiscore:limit:{READER}:{window}", f"sabiscore:limit:{READER}:{window - 1}"]
    assert redis.asked == [(keys, [100, now.at, WINDOW_MS, 7])]
    assert failed == []


def test_a_lease_that_the_count_has_no_room_for_grants_nothing(now):
    count, *_ = counted(now, FakeRedis(-1))
    assert asyncio.run(count.lease(READER, 3)) == Grant(0, 0, START + WINDOW_MS)


def test_a_failure_is_reported_when_it_begins_and_not_while_it_lasts(now):
    count, calls, breaker, failed = counted(now, None)
    for _ in range(20):
        with pytest.raises(CacheUnavailable):
            asyncio.run(count.lease(READER, 1))
    assert breaker.is_open
    made = calls.made
    assert 1 <= made < 20
    assert [str(error) for error in failed] == ["away"] * made
    now.at += int(TIER_POLICY.open_s * 2000)
    calls.redis = FakeRedis(99)
    assert asyncio.run(count.lease(READER, 1)).granted == 1
    assert len(failed) == made

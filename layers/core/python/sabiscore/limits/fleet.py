"""The count that the whole fleet shares: a sliding window in Redis, kept by upstash-ratelimit.

The edge counts under the same keys with the same script (``functions/edge/src/limits/count.ts``), so a reader
has one limit however its requests come in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sabiscore.cache.breaker import TierBreaker
from sabiscore.cache.upstash_calls import UpstashCalls
from sabiscore.errors import CacheUnavailable
from sabiscore.limits.leases import Grant
from sabiscore.limits.limiter import WINDOW_S

if TYPE_CHECKING:
    from upstash_ratelimit import Response
    from upstash_redis.asyncio import Redis

PREFIX = "sabiscore:limit"


class FleetCount:
    """``most`` requests a minute in the Redis of ``calls``, behind ``breaker``; ``failed`` hears of it."""

    def __init__(
        self, calls: UpstashCalls, breaker: TierBreaker, most: int, failed: Callable[[Exception], None]
    ) -> None:
        self._calls = calls
        self._breaker = breaker
        self._most = most
        self._failed = failed

    async def lease(self, reader: str, size: int) -> Grant:
        was_open = self._breaker.is_open
        try:
            answer = await self._breaker.call(lambda: self._calls.run(lambda r: self._limit(r, reader, size)))
        except CacheUnavailable as error:
            if not was_open:
                self._failed(error)
            raise
        return Grant(size if answer.allowed else 0, answer.remaining, int(answer.reset * 1000))

    def _limit(self, redis: Redis, reader: str, size: int) -> Awaitable[Response]:
        # Only where there is a Redis to ask; and before the wait for it begins, so no part of that wait.
        from upstash_ratelimit.asyncio import Ratelimit, SlidingWindow

        return Ratelimit(redis, SlidingWindow(self._most, WINDOW_S), PREFIX).limit(reader, size)

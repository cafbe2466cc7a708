"""The fleet's stream: a Redis stream over Upstash's REST API, read by one consumer group.

Commands: https://redis.io/docs/latest/develop/data-types/streams/
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sabiscore.cache.upstash_calls import UpstashCalls
from sabiscore.errors import CacheUnavailable, StreamUnavailable
from sabiscore.events.stream import LEFT_FOR, MOST, Delivery, StoredEvent

if TYPE_CHECKING:
    from upstash_redis.asyncio import Redis

KEY = "sabiscore:events"
GROUP = "sabiscore"
READER = "jobs"
"""All jobs read under one name: one that died leaves what it read to the next."""
FIELD = "event"
STREAM_DEADLINE_S = 2.0
"""Nobody waits for a job; a hundred events travel in one call."""
PART = 100


class RedisStream:
    """The stream under ``key`` in the Redis at ``url``; it keeps about ``most`` events."""

    lasts = True

    def __init__(
        self,
        url: str,
        token: str,
        *,
        key: str = KEY,
        most: int = MOST,
        left_ms: int = int(LEFT_FOR.total_seconds() * 1000),
        deadline_s: float = STREAM_DEADLINE_S,
    ) -> None:
        self._calls = UpstashCalls(url, token, deadline_s)
        self._runner = asyncio.Runner()
        self._key = key
        self._most = most
        self._left_ms = left_ms
        self._is_grouped = False

    def close(self) -> None:
        """Gives the connection back; the stream must not be used again."""
        self._runner.run(self._calls.close())
        self._runner.close()

    def add(self, events: Sequence[StoredEvent]) -> None:
        for begin in range(0, len(events), PART):
            self._run(self._added([event.body for event in events[begin : begin + PART]]))

    def read(self, most: int) -> list[Delivery]:
        self._group()
        reply = self._run(
            lambda redis: redis.xreadgroup(GROUP, READER, {self._key: ">"}, count=min(most, PART))
        )
        return list(_deliveries(reply[0][1] if reply else []))

    def reclaim(self, most: int) -> list[Delivery]:
        self._group()
        found: list[Delivery] = []
        cursor = "0-0"
        while len(found) < most:
            reply = self._run(self._claimed(cursor, min(most - len(found), PART)))
            found += _deliveries(reply[1])
            cursor = str(reply[0])
            if cursor == "0-0":
                break
        return found

    def acknowledge(self, places: Iterable[str]) -> None:
        done = list(places)
        if done:
            self._run(lambda redis: redis.xack(self._key, GROUP, *done))

    def _added(self, bodies: Sequence[str]) -> Callable[[Redis], Awaitable[Any]]:
        async def add(redis: Redis) -> Any:
            together: Any = redis.pipeline()  # it takes every command, but its type says none
            for body in bodies:
                together.xadd(self._key, "*", {FIELD: body}, maxlen=self._most, approximate_trim=True)
            return await together.exec()

        return add

    def _claimed(self, cursor: str, count: int) -> Callable[[Redis], Awaitable[Any]]:
        return lambda redis: redis.xautoclaim(self._key, GROUP, READER, self._left_ms, cursor, count=count)

    def _group(self) -> None:
        """Makes the group of consumers, which begins with the oldest event, where there is none."""
        if self._is_grouped:
            return
        try:
            self._run(lambda redis: redis.xgroup_create(self._key, GROUP, id="0", mkstream=True))
        except StreamUnavailable as error:
            if "BUSYGROUP" not in str(error.__cause__ and error.__cause__.__cause__):
                raise
        self._is_grouped = True

    def _run(self, call: Callable[[Redis], Awaitable[Any]]) -> Any:
        try:
            return self._runner.run(self._calls.run(call))
        except CacheUnavailable as error:
            raise StreamUnavailable(
                f"The stream of events cannot be used: {error}",
                hint="What was not sent stays in the store; the next run of a schedule sends it.",
            ) from error


def _deliveries(reply: Iterable[Any]) -> Iterator[Delivery]:
    """The entries of an answer; one that was trimmed away while it was held is none."""
    for place, fields in filter(None, reply):
        pairs = dict(zip(fields[::2], fields[1::2], strict=False)) if fields else {}
        yield Delivery(str(place), str(pairs.get(FIELD, pairs)))

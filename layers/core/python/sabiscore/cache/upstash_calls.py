"""Calls to Upstash Redis over REST, each with a deadline.

upstash-redis has no time-out of its own and would retry after three seconds; both are taken out of its
hands here. A call that misses its deadline goes on behind for a moment, so that a slow first handshake
ends in a connection that the next call finds open.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from sabiscore.cache.entry import LONGEST_ENTRY
from sabiscore.errors import CacheUnavailable

if TYPE_CHECKING:
    from upstash_redis.asyncio import Redis

CACHE_DEADLINE_S = 0.05
"""Five times what Upstash takes in its own region; more would cost readers more than it saves."""
BEHIND_S = 1.0
"""How long a call may go on when nobody waits for it any more."""

T = TypeVar("T")


class UpstashCalls:
    """The Redis at ``url``, asked for no longer than ``deadline_s`` and ``most_bytes`` at a time.

    By default an answer may have the bytes of any entry. ``headers`` gives more of them for each call.
    """

    def __init__(
        self,
        url: str,
        token: str,
        deadline_s: float = CACHE_DEADLINE_S,
        *,
        most_bytes: int | None = None,
        headers: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._url = url
        self._token = token
        self._deadline_s = deadline_s
        self._most_bytes = most_bytes or 2 * LONGEST_ENTRY
        self._headers = headers
        self._client: tuple[asyncio.AbstractEventLoop, Redis] | None = None
        self._behind: set[asyncio.Task[Any]] = set()

    async def run(self, call: Callable[[Redis], Awaitable[T]]) -> T:
        """What ``call`` gives. Raises CacheUnavailable when anything goes wrong or takes too long."""
        # Before the clock starts: the first call imports the client, which is no wait for Redis.
        task = asyncio.ensure_future(self._bounded(call(self._redis())))
        self._behind.add(task)
        task.add_done_callback(self._end)
        if not await self._in_time(task):
            raise unreachable(f"took longer than {self._deadline_s * 1000:.0f} ms")
        try:
            return task.result()
        except Exception as error:  # any fault of a client or of what answers it is one thing: away
            raise unreachable(f"failed ({type(error).__name__})") from error

    async def _in_time(self, task: asyncio.Task[Any]) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._deadline_s
        done, _ = await asyncio.wait({task}, timeout=self._deadline_s)
        if not done:
            # As long as this process computed and could not listen, the fault is not Redis'.
            late = min(loop.time() - until, self._deadline_s)
            done, _ = await asyncio.wait({task}, timeout=late)
        return bool(done)

    async def close(self) -> None:
        """Give the connections back."""
        client, self._client = self._client, None
        if client is not None:
            await client[1].close()

    async def _bounded(self, call: Awaitable[T]) -> T:
        async with asyncio.timeout(max(BEHIND_S, self._deadline_s)):
            return await call

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._behind.discard(task)
        if not task.cancelled():
            task.exception()  # raised to whoever waited; perhaps nobody waits any more

    def _redis(self) -> Redis:
        """The client of this event loop; connections cannot move to another."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._client[0] is not loop:
            # Imported by the first call: httpx costs 50 ms, and without a setting nobody needs it.
            from sabiscore.cache.upstash_client import connect

            self._client = (loop, connect(self._url, self._token, self._most_bytes, self._headers))
        return self._client[1]


class BlockingUpstashCalls:
    """The same for callers that wait on a thread: one call at a time, on an event loop of its own.

    Must not be used where an event loop runs already.
    """

    def __init__(
        self,
        url: str,
        token: str,
        deadline_s: float,
        *,
        headers: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._calls = UpstashCalls(url, token, deadline_s, headers=headers)
        self._runner = asyncio.Runner()
        self._turn = threading.Lock()

    def run(self, call: Callable[[Redis], Awaitable[T]]) -> T:
        """What ``call`` gives. Raises CacheUnavailable when anything goes wrong or takes too long."""
        with self._turn:
            return self._runner.run(self._calls.run(call))

    def close(self) -> None:
        """Gives the connections back; no call may follow."""
        with self._turn:
            self._runner.run(self._calls.close())
            self._runner.close()


def unreachable(what: str) -> CacheUnavailable:
    """The one error that every fault of the shared cache is."""
    return CacheUnavailable(f"The shared cache {what}.", hint="Answers are computed here until it is back.")

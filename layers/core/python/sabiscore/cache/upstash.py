"""Entries that the whole fleet shares: Upstash Redis over REST, with a deadline around every call.

upstash-redis has no time-out of its own and would retry after three seconds; both are taken out of its
hands here. A call that misses its deadline goes on behind for a moment, so that a slow first handshake
ends in a connection that the next call finds open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from sabiscore.cache import keys
from sabiscore.cache.entry import LONGEST, Entry, decode, encode
from sabiscore.cache.tier import Reading, Stamp
from sabiscore.errors import BadEntry, CacheUnavailable

if TYPE_CHECKING:
    from upstash_redis.asyncio import Redis

DEADLINE_S = 0.05
"""Five times what Upstash takes in its own region; more would cost readers more than it saves."""
BEHIND_S = 1.0
"""How long a call may go on when nobody waits for it any more."""
GENERATION_LIFE_MS = 24 * 3600 * 1000
"""Far above the longest computation; a generation that is gone only refuses the writes under way."""

# KEYS: entry, then the generation of its key and of each tag, then the members of each tag.
# ARGV: text, its life, now, the end of its life, then the generations that were read.
# Members are sorted by the end of their life, so that those that have ended leave and no set only grows.
WRITE = """
local held = (#KEYS - 2) / 2 + 1
for i = 1, held do
  if (redis.call('GET', KEYS[1 + i]) or '') ~= ARGV[4 + i] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
for i = 2 + held, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[3])
  redis.call('ZADD', KEYS[i], ARGV[4], KEYS[1])
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
return 1
"""

# KEYS: for each name its generation, its members, and itself as an entry. ARGV: new generation, its life.
DROP = """
for i = 1, #KEYS, 3 do
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
  local members = redis.call('ZRANGE', KEYS[i + 1], 0, -1)
  for j = 1, #members do redis.call('DEL', members[j]) end
  redis.call('DEL', KEYS[i + 1], KEYS[i + 2])
end
return #KEYS
"""

RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

T = TypeVar("T")


class UpstashTier:
    """The entries of the Redis at ``url``; ``now`` gives milliseconds since 1970."""

    def __init__(self, url: str, token: str, now: Callable[[], int], deadline_s: float = DEADLINE_S) -> None:
        self._url = url
        self._token = token
        self._now = now
        self._deadline_s = deadline_s
        self._client: tuple[asyncio.AbstractEventLoop, Redis] | None = None
        self._behind: set[asyncio.Task[Any]] = set()

    async def read(self, key: str, tags: Sequence[str]) -> Reading:
        text, *stamp = await self._values(key, *map(keys.generation_key, (key, *tags)))
        return Reading(self._usable(text), tuple(stamp))

    async def write(self, key: str, entry: Entry, stamp: Stamp) -> bool:
        now = self._now()
        life = entry.stale_until - now
        if life <= 0:
            return True
        generations = [keys.generation_key(name) for name in (key, *entry.tags)]
        members = [keys.members_key(tag) for tag in entry.tags]
        told = [encode(entry), str(life), str(now), str(entry.stale_until), *stamp]
        written = await self._eval(WRITE, [key, *generations, *members], told)
        return written == 1

    async def drop(self, names: Sequence[str]) -> None:
        of_each = [
            part for name in names for part in (keys.generation_key(name), keys.members_key(name), name)
        ]
        await self._eval(DROP, of_each, [uuid4().hex, str(GENERATION_LIFE_MS)])

    async def claim(self, name: str, owner: str, life_ms: int) -> bool:
        return bool(await self._in_time(lambda r: r.set(keys.lock_key(name), owner, nx=True, px=life_ms)))

    async def release(self, name: str, owner: str) -> None:
        await self._eval(RELEASE, [keys.lock_key(name)], [owner])

    async def close(self) -> None:
        """Give the connections back."""
        client, self._client = self._client, None
        if client is not None:
            await client[1].close()

    async def _values(self, *names: str) -> list[str]:
        values = await self._in_time(lambda redis: redis.mget(*names))
        if not isinstance(values, list) or len(values) != len(names):
            raise _away("gave another answer than asked for")
        return ["" if value is None else str(value) for value in values]

    async def _eval(self, script: str, names: list[str], arguments: list[str]) -> object:
        return await self._in_time(lambda redis: redis.eval(script, keys=names, args=arguments))

    def _usable(self, text: str) -> Entry | None:
        try:
            entry = decode(text) if text else None
        except BadEntry:
            return None  # as good as absent: the next write replaces it
        return entry if entry is not None and self._now() < entry.stale_until else None

    async def _in_time(self, call: Callable[[Redis], Awaitable[T]]) -> T:
        # Before the clock starts: the first call imports the client, which is no wait for Redis.
        task = asyncio.ensure_future(self._bounded(call(self._redis())))
        self._behind.add(task)
        task.add_done_callback(self._end)
        done, _ = await asyncio.wait({task}, timeout=self._deadline_s)
        if not done:
            raise _away(f"took longer than {self._deadline_s * 1000:.0f} ms")
        try:
            return task.result()
        except Exception as error:  # any fault of a client or of what answers it is one thing: away
            raise _away(f"failed ({type(error).__name__})") from error

    async def _bounded(self, call: Awaitable[T]) -> T:
        async with asyncio.timeout(max(BEHIND_S, self._deadline_s)):
            return await call

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._behind.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waited; nobody may wait any more

    def _redis(self) -> Redis:
        """The client of this event loop; connections cannot move to another."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._client[0] is not loop:
            # Imported by the first call: httpx costs 50 ms, and without a setting nobody needs it.
            from sabiscore.cache.upstash_client import connect

            self._client = (loop, connect(self._url, self._token, most_bytes=2 * LONGEST))
        return self._client[1]


def _away(what: str) -> CacheUnavailable:
    return CacheUnavailable(f"The shared cache {what}.", hint="Answers are computed here until it is back.")

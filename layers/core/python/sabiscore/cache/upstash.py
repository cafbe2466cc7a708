"""Entries that the whole fleet shares, in Upstash Redis over REST."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import uuid4

from sabiscore.cache import keys
from sabiscore.cache.entry import CacheEntry, decode, encode
from sabiscore.cache.tier import TagVersions, TierRead, WriteOutcome
from sabiscore.cache.upstash_calls import UpstashCalls, unreachable
from sabiscore.errors import BadEntry

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


class UpstashTier:
    """The entries of the Redis that ``calls`` reach; ``now`` gives milliseconds since 1970."""

    def __init__(self, calls: UpstashCalls, now: Callable[[], int]) -> None:
        self._calls = calls
        self._now = now

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:
        text, *tag_versions = await self._values(key, *map(keys.generation_key, (key, *tags)))
        return TierRead(self._usable(text), tuple(tag_versions))

    async def write(self, key: str, entry: CacheEntry, tag_versions: TagVersions) -> WriteOutcome:
        now = self._now()
        life = entry.stale_until - now
        if life <= 0:
            return "not stored"
        generations = [keys.generation_key(name) for name in (key, *entry.tags)]
        members = [keys.members_key(tag) for tag in entry.tags]
        arguments = [encode(entry), str(life), str(now), str(entry.stale_until), *tag_versions]
        written = await self._eval(WRITE, [key, *generations, *members], arguments)
        return "stored" if written == 1 else "invalidated"

    async def invalidate(self, names: Sequence[str]) -> None:
        of_each = [
            part for name in names for part in (keys.generation_key(name), keys.members_key(name), name)
        ]
        await self._eval(DROP, of_each, [uuid4().hex, str(GENERATION_LIFE_MS)])

    async def acquire_lock(self, name: str, owner: str, life_ms: int) -> bool:
        return bool(await self._calls.run(lambda r: r.set(keys.lock_key(name), owner, nx=True, px=life_ms)))

    async def release_lock(self, name: str, owner: str) -> None:
        await self._eval(RELEASE, [keys.lock_key(name)], [owner])

    async def sweep(self) -> int:
        """How many members of tags were dropped whose entries have ended; they leave by themselves only
        when an entry with their tag is written."""
        cursor, swept = "0", 0
        while True:
            cursor, names = await self._scan(cursor)
            for name in names:
                swept += await self._sweep_one(name)
            if cursor == "0":
                return swept

    async def _sweep_one(self, name: str) -> int:
        now = self._now()
        return int(await self._calls.run(lambda redis: redis.zremrangebyscore(name, "-inf", now)))

    async def _scan(self, cursor: str) -> tuple[str, list[str]]:
        """The next page of the names of tags' sets."""
        pattern = keys.members_key("*")
        page = await self._calls.run(lambda redis: redis.scan(int(cursor), match=pattern, count=500))
        return str(page[0]), [str(name) for name in page[1]]

    async def close(self) -> None:
        """Give the connections back."""
        await self._calls.close()

    async def _values(self, *names: str) -> list[str]:
        values = await self._calls.run(lambda redis: redis.mget(*names))
        if not isinstance(values, list) or len(values) != len(names):
            raise unreachable("gave another answer than asked for")
        return ["" if value is None else str(value) for value in values]

    async def _eval(self, script: str, names: list[str], arguments: list[str]) -> object:
        return await self._calls.run(lambda redis: redis.eval(script, keys=names, args=arguments))

    def _usable(self, text: str) -> CacheEntry | None:
        try:
            entry = decode(text) if text else None
        except BadEntry:
            return None  # as good as absent: the next write replaces it
        return entry if entry is not None and self._now() < entry.stale_until else None

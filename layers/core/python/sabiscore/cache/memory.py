"""Entries of this process: the nearest tier, small and short-lived."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.tier import TagVersions, TierRead, WriteOutcome

LIMIT = 1_000
"""Entries, of about 8 KB each."""
HOLD_MS = 30_000
"""Other processes drop entries without telling this one: so long may it not know."""
GENERATIONS_KEPT = 10_000

_NEVER: TagVersions = ("0",)
"""The generation of what was never dropped."""


class MemoryTier:
    """At most ``limit`` entries, the least recently used leaving first, recent for ``hold_ms``.

    What is no longer recent stays, for the time that no farther tier answers, until it is expired.

    ``now`` gives milliseconds since 1970. All methods run to their end without waiting, so one event
    loop needs no lock.
    """

    def __init__(self, now: Callable[[], int], limit: int = LIMIT, hold_ms: int = HOLD_MS) -> None:
        self._now = now
        self._limit = limit
        self._hold_ms = hold_ms
        self._entries: OrderedDict[str, tuple[CacheEntry, int]] = OrderedDict()
        self._generations: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0
        self._drops = 0
        self._owners: dict[str, tuple[str, int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:
        now = self._now()
        entry, recent_until = self._held(key, now)
        return TierRead(entry, self._tag_versions(key, tags), now < recent_until)

    async def write(self, key: str, entry: CacheEntry, tag_versions: TagVersions) -> WriteOutcome:
        if tag_versions != self._tag_versions(key, entry.tags):
            return "invalidated"
        self._entries[key] = (entry, self._now() + self._hold_ms)
        self._entries.move_to_end(key)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)
        return "stored"

    async def invalidate(self, names: Sequence[str]) -> None:
        self._drops += 1
        dropped = set(names)
        for name in names:
            self._generations[name] = self._drops
            self._generations.move_to_end(name)
        while len(self._generations) > GENERATIONS_KEPT:
            self._forgotten = self._generations.popitem(last=False)[1]
        for key, (entry, _) in list(self._entries.items()):
            if key in dropped or dropped.intersection(entry.tags):
                del self._entries[key]

    async def acquire_lock(self, name: str, owner: str, life_ms: int) -> bool:
        now = self._now()
        self._owners = {name: held for name, held in self._owners.items() if held[1] > now}
        return self._owners.setdefault(name, (owner, now + life_ms))[0] == owner

    async def release_lock(self, name: str, owner: str) -> None:
        if self._owners.get(name, ("", 0))[0] == owner:
            del self._owners[name]

    def _held(self, key: str, now: int) -> tuple[CacheEntry | None, int]:
        """(entry, until when it is recent)."""
        entry, recent_until = self._entries.get(key, (None, 0))
        if entry is None:
            return None, 0
        if entry.state(now) == "expired":
            del self._entries[key]
            return None, 0
        self._entries.move_to_end(key)
        return entry, recent_until

    def _tag_versions(self, key: str, tags: Sequence[str]) -> TagVersions:
        """Forgotten drops count as drops of everything: a write too many refused, never one too few."""
        if not self._generations:
            return _NEVER * (1 + len(tags))
        return tuple(str(self._generations.get(name, self._forgotten)) for name in (key, *tags))

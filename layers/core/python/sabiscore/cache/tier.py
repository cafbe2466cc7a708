"""What keeps entries: the port that memory, Upstash and the absence of both are adapters of.

Invalidation cannot be lost against a refresh that is under way: ``read`` gives a stamp that says when
the key and each of its tags were last dropped, and ``write`` refuses when any of that changed since.
Whoever computes reads the stamp first and the facts after it, so an entry that is in a tier was made
from facts no older than the last drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sabiscore.cache.entry import CacheEntry

Stamp = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TierRead:
    """What a tier holds, and the stamp of its last drops; None when the tier cannot tell.

    Without a stamp nothing may be written or claimed. ``recent``: the entry may be served without asking
    a farther tier that may know more.
    """

    entry: CacheEntry | None = None
    stamp: Stamp | None = None
    recent: bool = True


class Tier(Protocol):
    """Raises CacheUnavailable where it cannot be reached in time."""

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:
        """The entry of ``key`` unless it is expired, and the stamp of ``key`` and ``tags``."""
        ...

    async def write(self, key: str, entry: CacheEntry, stamp: Stamp) -> bool:
        """Keep ``entry`` until it expires; False when something of ``stamp`` was dropped since.

        ``stamp`` was read for exactly the tags of ``entry``. Raises BadEntry for what the format does not
        take, such as an entry that is too long.
        """
        ...

    async def drop(self, names: Sequence[str]) -> None:
        """Forget every entry whose key or one of whose tags is in ``names``, and those being made."""
        ...

    async def claim(self, name: str, owner: str, life_ms: int) -> bool:
        """Whether ``owner`` now is the one to do ``name``, for ``life_ms`` at the longest."""
        ...

    async def release(self, name: str, owner: str) -> None:
        """Let others claim ``name``, if ``owner`` still has it."""
        ...


class NullTier:
    """Keeps nothing, and never stands in anybody's way."""

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:  # noqa: ARG002
        return TierRead()

    async def write(self, key: str, entry: CacheEntry, stamp: Stamp) -> bool:  # noqa: ARG002
        return True

    async def drop(self, names: Sequence[str]) -> None: ...

    async def claim(self, name: str, owner: str, life_ms: int) -> bool:  # noqa: ARG002
        return True

    async def release(self, name: str, owner: str) -> None: ...

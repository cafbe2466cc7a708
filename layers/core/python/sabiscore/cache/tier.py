"""What keeps entries: the port that memory, Upstash and the absence of both are adapters of.

Invalidation cannot be lost against a refresh that is under way: ``read`` gives the tag versions, which
change when the key or one of its tags is invalidated, and ``write`` refuses when any of them changed
since. Whoever computes reads the versions first and the facts after them, so an entry in a tier was
made from facts no older than the last invalidation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sabiscore.cache.entry import CacheEntry

TagVersions = tuple[str, ...]
WriteOutcome = Literal["stored", "invalidated", "not stored"]
"""``invalidated``: a tag version changed since it was read, so the answer is to be made anew. ``not stored``:
the answer is current, but the tier does not keep it: it is too long, expired, or the tier is unreachable."""


@dataclass(frozen=True, slots=True)
class TierRead:
    """What a tier holds, and the versions of the key and its tags; None when the tier cannot tell.

    Without versions nothing may be written or locked. ``recent``: the entry may be served without
    asking a farther tier that may know more.
    """

    entry: CacheEntry | None = None
    tag_versions: TagVersions | None = None
    recent: bool = True


class Tier(Protocol):
    """Raises CacheUnavailable where it cannot be reached in time."""

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:
        """The entry of ``key`` unless it is expired, and the versions of ``key`` and ``tags``."""
        ...

    async def write(self, key: str, entry: CacheEntry, tag_versions: TagVersions) -> WriteOutcome:
        """Keep ``entry`` until it expires; ``invalidated`` when one of ``tag_versions`` changed since.

        ``tag_versions`` were read for exactly the tags of ``entry``. Raises BadEntry for what the format
        does not take, such as an entry that is too long.
        """
        ...

    async def invalidate(self, names: Sequence[str]) -> None:
        """Forget every entry whose key or one of whose tags is in ``names``, and those being made."""
        ...

    async def acquire_lock(self, name: str, owner: str, life_ms: int) -> bool:
        """Whether ``owner`` now holds the lock ``name``, for ``life_ms`` at the longest."""
        ...

    async def release_lock(self, name: str, owner: str) -> None:
        """Frees the lock ``name``, if ``owner`` still holds it."""
        ...


class NullTier:
    """Keeps nothing, and never stands in anybody's way."""

    async def read(self, key: str, tags: Sequence[str]) -> TierRead:  # noqa: ARG002
        return TierRead()

    async def write(self, key: str, entry: CacheEntry, tag_versions: TagVersions) -> WriteOutcome:  # noqa: ARG002
        return "not stored"

    async def invalidate(self, names: Sequence[str]) -> None: ...

    async def acquire_lock(self, name: str, owner: str, life_ms: int) -> bool:  # noqa: ARG002
        return True

    async def release_lock(self, name: str, owner: str) -> None: ...

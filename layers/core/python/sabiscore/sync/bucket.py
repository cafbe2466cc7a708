"""The port to what a fleet shares: objects by key, replaced only by who knows what it replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from sabiscore.errors import Refused

ABSENT = ""
"""As ``onto``: there must be no such object yet."""
MOST_OBJECT_BYTES = 32 << 20
"""Of one object, put or got; a season's archive is a hundredth of it."""

Seen = Literal["unchanged", "missing"]


@dataclass(frozen=True, slots=True)
class BucketObject:
    """An object as it was read; ``sha256`` is what its writer said of it, ``etag`` names this version."""

    data: bytes = field(repr=False)
    etag: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as it is listed."""

    key: str
    size: int
    modified_at: datetime


class Bucket(Protocol):
    """Objects by key. Every method raises BucketUnavailable when it cannot be known what is there."""

    async def get(self, key: str, unless: str = "") -> BucketObject | Seen:
        """The object; "unchanged" when its etag is ``unless``, "missing" when there is none."""
        ...

    async def put(self, key: str, data: bytes, onto: str | None = None) -> str | None:
        """The etag of ``data`` under ``key``; None when the object there is not ``onto``.

        Raises Refused for more than MOST_OBJECT_BYTES, which nobody could ``get``.

        ``onto`` is the etag of what is replaced, ABSENT where nothing may be, None for whatever there is.
        """
        ...

    async def list(self, prefix: str) -> Sequence[ListedObject]:
        """Every object whose key begins with ``prefix``, by key."""
        ...


OpenBucket = Callable[[float], AbstractAsyncContextManager[Bucket]]
"""Opens the bucket, with a deadline in seconds for each call, for the event loop that runs now."""


def refuse_too_large(key: str, data: bytes) -> None:
    """Raises Refused where ``data`` is more than a bucket takes under ``key``."""
    if len(data) > MOST_OBJECT_BYTES:
        raise Refused(
            f"{key} has {len(data):,} bytes, and an object of the bucket at most {MOST_OBJECT_BYTES:,}.",
            hint="No file of a data folder grows that large by itself: look at what wrote it.",
        )

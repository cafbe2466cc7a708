"""How a pointer of the data folder stands to that of the bucket, for a person to see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sabiscore.errors import CorruptObject
from sabiscore.sync.bucket import Bucket, BucketObject
from sabiscore.sync.contents import refuse_torn, sha256_of
from sabiscore.sync.known_versions import KnownVersions

PointerState = Literal[
    "same", "nowhere", "newer here", "newer there", "both changed", "missing there", "damaged there"
]


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """``here`` and ``there`` are the SHA-256 of the content; None where there is none."""

    path: str
    state: PointerState
    here: str | None
    there: str | None


async def sync_status(path: str, data_dir: Path, bucket: Bucket, memory: KnownVersions) -> SyncStatus:
    """How the pointer ``path`` stands. Raises BucketUnavailable."""
    local, known = data_dir / path, memory.of(path)
    here = sha256_of(local.read_bytes()) if local.exists() else None
    found = await bucket.get(path)
    there = sha256_of(found.data) if isinstance(found, BucketObject) else None
    if isinstance(found, BucketObject) and is_damaged(path, found):
        return SyncStatus(path, "damaged there", here, there)
    return SyncStatus(path, _state(here, there, known.sha256 if known else None), here, there)


def _state(here: str | None, there: str | None, agreed: str | None) -> PointerState:
    """``agreed`` is the content that was last the same in both.

    >>> _state("a", "a", None), _state("b", "a", "a"), _state("a", "b", "a"), _state("c", "b", "a")
    ('same', 'newer here', 'newer there', 'both changed')
    """
    if here == there:
        return "same" if here else "nowhere"
    if there is None and agreed is not None:
        return "missing there"
    if there in (None, agreed):
        return "newer here"
    return "newer there" if here in (None, agreed) else "both changed"


def is_damaged(path: str, found: BucketObject) -> bool:
    """Whether the object is not what was put there, or is no pointer of ours."""
    try:
        refuse_torn(path, found.data)
    except CorruptObject:
        return True
    return sha256_of(found.data) != found.sha256

"""How a pointer of the home stands to that of the bucket, for a person to see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sabiscore.errors import BadObject
from sabiscore.shelf.bucket import Bucket, Object
from sabiscore.shelf.contents import refuse_torn, sha256_of
from sabiscore.shelf.memory import Memory

State = Literal["same", "nowhere", "newer here", "newer there", "both changed", "damaged there"]


@dataclass(frozen=True, slots=True)
class Standing:
    """``here`` and ``there`` are the SHA-256 of the content; None where there is none."""

    path: str
    state: State
    here: str | None
    there: str | None


async def standing_of(path: str, home: Path, bucket: Bucket, memory: Memory) -> Standing:
    """How the pointer ``path`` stands. Raises ShelfUnavailable."""
    local, known = home / path, memory.of(path)
    here = sha256_of(local.read_bytes()) if local.exists() else None
    found = await bucket.get(path)
    there = sha256_of(found.data) if isinstance(found, Object) else None
    if isinstance(found, Object) and is_damaged(path, found):
        return Standing(path, "damaged there", here, there)
    return Standing(path, _state(here, there, known.sha256 if known else None), here, there)


def _state(here: str | None, there: str | None, agreed: str | None) -> State:
    """``agreed`` is the content that was last the same in both.

    >>> _state("a", "a", None), _state("b", "a", "a"), _state("a", "b", "a"), _state("c", "b", "a")
    ('same', 'newer here', 'newer there', 'both changed')
    """
    if here == there:
        return "same" if here else "nowhere"
    if there in (None, agreed):
        return "newer here"
    return "newer there" if here in (None, agreed) else "both changed"


def is_damaged(path: str, found: Object) -> bool:
    """Whether the object is not what was put there, or is no pointer of ours."""
    try:
        refuse_torn(path, found.data)
    except BadObject:
        return True
    return sha256_of(found.data) != found.sha256

"""A document that can be made: by what name it is kept, what it is about, and for how long it holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sabiscore.cache import tags
from sabiscore.insights.time_bucket import TimeBucket

if TYPE_CHECKING:
    from sabiscore.insights.document import Document

Fetch = Callable[[Sequence[str]], Awaitable[None]]
"""Brings supplements by the names of their files, where a fleet shares them; never raises."""

LISTS = "matches"


@dataclass(frozen=True, slots=True)
class CacheableDocument:
    """A document that can be made, by its ``name`` among those of its kind.

    ``tags`` (sorted) tell what it is about and the publication it is made from; ``time_bucket`` tells what it
    would speak of if it were made now. ``prepare`` brings files that it is made from, where those lie
    elsewhere.
    """

    name: str
    tags: tuple[str, ...]
    time_bucket: Callable[[], TimeBucket]
    make: Callable[[TimeBucket], Document]
    prepare: Callable[[Fetch], Awaitable[None]] | None = None

    @property
    def sort(self) -> str:
        """What kind of document it is: those of one sort are made from the same parts."""
        return "list" if self.name.startswith(f"{LISTS}/") else "insight"

    @property
    def made_of(self) -> tuple[str, ...]:
        """The tags of what it is made from."""
        return tuple(filter(tags.is_publication_part, self.tags))

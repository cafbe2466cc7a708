"""Where events go: a stream that only grows, and that is read by one group of consumers.

Whatever is read stays the group's until it is acknowledged, so it may be read twice but not lost. The
adapters pass one contract test: this process's memory here, Redis in ``redis_stream``. EventBridge
(``event_bridge``) can only be added to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

MOST = 10_000
"""Events that a stream keeps; older ones are in the store."""
LEFT_FOR = timedelta(minutes=1)
"""Whoever has read an event and not acknowledged it for so long has died, or could not do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it is stored: ``body`` is the text that is sent, ``published_at`` None until it was."""

    seq: int
    id: str
    kind: str
    match_id: str
    at: datetime
    body: str
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What stands at a place of the stream: perhaps an event, perhaps a second time."""

    place: str
    text: str


class Sink(Protocol):
    """Where events are sent."""

    def add(self, events: Sequence[StoredEvent]) -> None:
        """Appends ``events``. Raises StreamUnavailable, after which some of them may have been added."""
        ...


class Stream(Sink, Protocol):
    """Where events are sent, and read by consumers; every call may raise StreamUnavailable."""

    @property
    def lasts(self) -> bool:
        """Whether what was added outlives this process."""
        ...

    def read(self, most: int) -> list[Delivery]:
        """The next that nobody of the group has read, in order."""
        ...

    def reclaim(self, most: int) -> list[Delivery]:
        """Those that were read a while ago and not acknowledged."""
        ...

    def acknowledge(self, places: Iterable[str]) -> None:
        """What stands there is done with."""
        ...


class MemoryStream:
    """The newest ``most`` events of this process; ``now`` says how long one was left."""

    lasts = False

    def __init__(self, now: Callable[[], datetime], most: int = MOST) -> None:
        self._now = now
        self._next = 0
        self._waiting: deque[Delivery] = deque(maxlen=most)
        self._read: dict[str, tuple[Delivery, datetime]] = {}

    def add(self, events: Sequence[StoredEvent]) -> None:
        for event in events:
            self._next += 1
            self._waiting.append(Delivery(str(self._next), event.body))

    def read(self, most: int) -> list[Delivery]:
        found = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        return self._given_out(found)

    def reclaim(self, most: int) -> list[Delivery]:
        before = self._now() - LEFT_FOR
        left = [delivery for delivery, at in self._read.values() if at <= before]
        return self._given_out(left[:most])

    def acknowledge(self, places: Iterable[str]) -> None:
        for place in places:
            self._read.pop(place, None)

    def _given_out(self, found: list[Delivery]) -> list[Delivery]:
        now = self._now()
        self._read |= {delivery.place: (delivery, now) for delivery in found}
        return found

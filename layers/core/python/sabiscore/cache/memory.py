"""Values kept in this process until a stated instant, each computed by one caller at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    fresh_until: float


class Memory(Generic[V]):
    """At most ``limit`` values, the least recently used leaving first; safe between threads.

    ``clock`` gives seconds; an entry is served while the clock is before its ``fresh_until``.
    """

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry[V]] = OrderedDict()
        self._lock = threading.Lock()
        self._flights: dict[Hashable, _Flight] = {}
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> V | None:
        """The fresh value of ``key``, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.fresh_until <= self._clock():
                self.misses += 1
                return None
            self._entries.move_to_end(key)
            self.hits += 1
            return entry.value

    def put(self, key: Hashable, value: V, life_s: float) -> V:
        """``value``, kept for ``life_s`` seconds from now."""
        with self._lock:
            self._entries[key] = _Entry(value, self._clock() + life_s)
            self._entries.move_to_end(key)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)
        return value

    def compute(self, key: Hashable, life_s: float, make: Callable[[], V]) -> V:
        """The fresh value of ``key``, made by ``make`` if there is none.

        Callers who arrive while another makes the same value wait for it. What ``make`` raises
        goes to its own caller; the next in line tries anew.
        """
        flight = self._board(key)
        try:
            with flight.lock:
                value = self.get(key)
                return value if value is not None else self.put(key, make(), life_s)
        finally:
            self._leave(key, flight)

    def _board(self, key: Hashable) -> _Flight:
        with self._lock:
            flight = self._flights.setdefault(key, _Flight())
            flight.aboard += 1
            return flight

    def _leave(self, key: Hashable, flight: _Flight) -> None:
        with self._lock:
            flight.aboard -= 1
            if flight.aboard == 0:
                del self._flights[key]


class _Flight:
    """One key being computed, and how many callers hold on to it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.aboard = 0

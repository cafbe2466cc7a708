"""Shares of the fleet's limit, taken in advance: most requests of a reader cost no round trip.

A lease is deducted from the fleet's count before any of it is used, and is void when the window that it
was deducted in ends. So however many processes hold leases, the fleet lets no more pass than the count
allows; what a process does not use is lost to the reader until then. That is why leases begin with one
request, double while the reader keeps coming, and shrink to one again as the count runs out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sabiscore.cache.single_flight import SingleFlight
from sabiscore.errors import CacheUnavailable
from sabiscore.limits.bucket import READERS_KEPT, Buckets
from sabiscore.limits.limiter import PASSES, WINDOW_S, Verdict

SHARE = 10
"""No lease is larger than the limit divided by this."""
ASK_AGAIN_MS = 1_000
"""How long a refusal is believed: meanwhile it costs no round trip, then a sliding count may have room."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a count said: ``granted`` requests, ``remaining`` after them, in a window until ``reset_ms``."""

    granted: int
    remaining: int
    reset_ms: int


class Count(Protocol):
    """The count of a whole fleet."""

    async def lease(self, reader: str, size: int) -> Grant:
        """``size`` requests or none, deducted. Raises CacheUnavailable where it cannot be reached in time."""
        ...


@dataclass(slots=True, kw_only=True)
class _Held:
    """What this process knows of one reader; ``until_ms`` is the end of what it knows."""

    left: int = 0
    until_ms: int = 0
    reset_ms: int = 0
    size: int = 0
    remaining: int = 1
    waiting: int = 0


class Leases:
    """``most`` requests a minute over all that share ``count``; by ``alone`` while it is away.

    ``now`` gives milliseconds since 1970 by the same clock that ``count`` goes by.
    """

    def __init__(self, count: Count, alone: Buckets, now: Callable[[], int]) -> None:
        self.most = alone.most
        self._largest = max(1, alone.most // SHARE)
        self._count = count
        self._alone = alone
        self._now = now
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._asked: SingleFlight[None] = SingleFlight()

    async def take(self, reader: str) -> Verdict:
        held = self._known(reader)
        while True:
            now = self._now()
            if now < held.until_ms:
                if held.left > 0:
                    held.left -= 1
                    return PASSES
                if held.size == 0:
                    return Verdict(self._wait_s(held.reset_ms - now))
            try:
                await self._ask(reader, held)
            except CacheUnavailable:
                return Verdict(self._alone.spend(reader), unreachable=True)

    def _known(self, reader: str) -> _Held:
        held = self._held.get(reader)
        if held is None:
            held = self._held[reader] = _Held()
            if len(self._held) > READERS_KEPT:
                self._held.popitem(last=False)
        else:
            self._held.move_to_end(reader)
        return held

    async def _ask(self, reader: str, held: _Held) -> None:
        """A lease for all who wait for one."""
        held.waiting += 1
        try:
            await self._asked.do(reader, lambda: self._renew(reader, held))
        finally:
            held.waiting -= 1

    async def _renew(self, reader: str, held: _Held) -> None:
        size = self._next_size(held)
        grant = await self._count.lease(reader, size)
        held.left = held.size = grant.granted
        held.remaining = grant.remaining
        held.reset_ms = held.until_ms = grant.reset_ms
        if not grant.granted:
            held.until_ms = min(grant.reset_ms, self._now() + ASK_AGAIN_MS)

    def _next_size(self, held: _Held) -> int:
        if self._now() >= held.reset_ms:
            return 1
        wanted = max(2 * held.size, held.waiting)
        return max(1, min(wanted, self._largest, held.remaining // 2))

    def _wait_s(self, reset_in_ms: int) -> int:
        """Whole seconds until the window has ended and room is certain.

        Refused leases are counted all the same, so a window may end with almost one lease more than the
        limit; the sliding count then needs a moment of the next to come below it.
        """
        over = self._largest - 1
        return (reset_in_ms + 1000 * WINDOW_S * over // (self.most + over)) // 1000 + 1

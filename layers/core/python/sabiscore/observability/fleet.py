"""The counts of a whole fleet, in a hash of the Redis that it shares.

Each process keeps its own totals there under a name of its own: writing them is one command, and doing it
again changes nothing, so no answer that is lost on the way counts twice. The sum of all fields is exact.
Fields of processes that are gone are folded into one by whoever reads.
Decision: docs/decisions/metrics-of-the-fleet.md.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import uuid4

from sabiscore.errors import CacheUnavailable
from sabiscore.observability.metrics import METRICS, Metrics
from sabiscore.observability.totals import KeptTotals, Totals, read_kept

KEY = "sabiscore:metrics:1"
"""The number is that of the format: families whose buckets change need another."""
FOLDED = "folded"
"""The field that holds the counts of processes that are gone."""

FLUSH_MS = 1_000
"""Between two flushes of a process that counts all the time."""
RENAME_MS = 5 * 60_000
"""A process that was not heard for longer, as one that was frozen, goes on under another name."""
FOLD_MS = 15 * 60_000
"""A field that was not written for so long is nobody's. Far above RENAME_MS, for clocks that differ."""
READ_MS = 1_000
"""What was read is told again for so long: whoever asks a public page more often costs no more commands."""
MOST_BYTES = 32_000_000
"""Of all fields together: some thousands of processes within FOLD_MS."""

# KEYS: the hash. ARGV: what the folded field holds and what it shall hold, then field and text of each that
# goes. Nothing is done where any of them is not as it was read.
FOLD = """
if (redis.call('HGET', KEYS[1], 'folded') or '') ~= ARGV[1] then return 0 end
for i = 3, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then return 0 end
end
redis.call('HSET', KEYS[1], 'folded', ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HDEL', KEYS[1], ARGV[i]) end
return 1
"""


class RedisCalls(Protocol):
    """Calls to a Redis."""

    async def run(self, call: Callable[[Any], Awaitable[Any]]) -> Any:
        """What ``call`` gives. Raises CacheUnavailable."""
        ...

    async def close(self) -> None:
        """Gives the connections back."""
        ...


class RedisBreaker(Protocol):
    """What keeps calls from a Redis that is away."""

    @property
    def is_open(self) -> bool:
        """Whether calls are refused."""
        ...

    async def call(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """What ``work`` gives. Raises CacheUnavailable, at once while open."""
        ...


class InstanceTotals:
    """What this process has counted under its present name, and how much of it the fleet has heard."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._turn = threading.Lock()
        self._name = ""
        self._of_former_names = Totals()
        self._written, self._written_changes = Totals(), 0
        self._tried_at: int | None = None
        self._heard_at = 0

    def is_due(self, now: int) -> bool:
        """Whether there is something to tell, and the last attempt is long enough ago."""
        return self.is_unheard and (self._tried_at is None or abs(now - self._tried_at) >= FLUSH_MS)

    @property
    def is_unheard(self) -> bool:
        """Whether anything was counted that the fleet has not heard."""
        return self._metrics.changes != self._written_changes

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One flush at a time, whatever the thread: of two, the older must not be written last."""
        while not self._turn.acquire(blocking=False):  # noqa: ASYNC110 - the other may be on another thread
            await asyncio.sleep(0.005)
        try:
            yield
        finally:
            self._turn.release()

    def begin(self, now: int) -> tuple[str, str, Callable[[], None]]:
        """The field, its text, and what to call once that is written."""
        if not self._name or abs(now - self._heard_at) > RENAME_MS:
            self._name, self._of_former_names, self._heard_at = uuid4().hex, self._written, now
        self._tried_at = now
        changes, totals = self._metrics.changes, self._metrics.totals()
        own = totals.copy()
        own.add(self._of_former_names, -1)

        def written() -> None:
            self._written, self._written_changes, self._heard_at = totals, changes, now

        return self._name, KeptTotals(now, own).text(), written


INSTANCE = InstanceTotals(METRICS)


class FleetMetrics:
    """The counts in the Redis of ``calls``, behind ``breaker``, with those of ``instance`` among them.

    ``reading`` reach the same Redis with more time and room. ``now`` gives milliseconds since 1970.
    ``failed`` hears why a flush failed, once until Redis is asked again.
    """

    def __init__(
        self,
        calls: RedisCalls,
        breaker: RedisBreaker,
        *,
        reading: RedisCalls,
        now: Callable[[], int],
        failed: Callable[[Exception], None],
        instance: InstanceTotals = INSTANCE,
    ) -> None:
        self._calls = calls
        self._breaker = breaker
        self._reading = reading
        self._now = now
        self._failed = failed
        self._instance = instance
        self._read: tuple[int, Totals] | None = None

    @property
    def is_due(self) -> bool:
        """Whether a flush would tell something, and is not too soon."""
        return self._instance.is_due(self._now())

    async def flush(self) -> None:
        """Tells the fleet what this process counted; where that fails the next flush tells it."""
        async with self._instance.turn():
            if not self._instance.is_unheard:
                return
            was_open = self._breaker.is_open
            name, text, written = self._instance.begin(self._now())
            try:
                await self._breaker.call(lambda: self._calls.run(lambda redis: redis.hset(KEY, name, text)))
            except CacheUnavailable as error:
                if not was_open:
                    self._failed(error)
                return
            written()

    async def read(self) -> Totals:
        """The sum over all processes, those that are gone too, at most READ_MS old.

        Raises CacheUnavailable and BadEntry.
        """
        now = self._now()
        if self._read is not None and 0 <= now - self._read[0] < READ_MS:
            return self._read[1].copy()
        fields = await self._fields()
        kept = {name: read_kept(text) for name, text in fields.items()}
        total = Totals()
        for each in kept.values():
            total.add(each.totals)
        await self._fold(fields, kept)
        self._read = now, total.copy()
        return total

    async def _fields(self) -> dict[str, str]:
        fields = await self._reading.run(lambda redis: redis.hgetall(KEY))
        if not isinstance(fields, dict):
            raise CacheUnavailable("The shared cache gave another answer than asked for.", hint="See Redis.")
        return {str(name): str(text) for name, text in fields.items()}

    async def _fold(self, fields: Mapping[str, str], kept: Mapping[str, KeptTotals]) -> None:
        now = self._now()
        gone = [name for name, each in kept.items() if name != FOLDED and now - each.at > FOLD_MS]
        if not gone:
            return
        folded = kept[FOLDED].totals.copy() if FOLDED in kept else Totals()
        for name in gone:
            folded.add(kept[name].totals)
        pairs = [part for name in gone for part in (name, fields[name])]
        arguments = [fields.get(FOLDED, ""), KeptTotals(now, folded).text(), *pairs]
        await self._reading.run(lambda redis: redis.eval(FOLD, keys=[KEY], args=arguments))

    async def close(self) -> None:
        """Gives the connections back."""
        await self._calls.close()
        await self._reading.close()

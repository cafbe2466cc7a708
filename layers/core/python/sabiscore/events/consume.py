"""Consumers that survive whatever an outbox gives them: an event twice, out of order, late, unreadable.

Each effect is had once, by the consumer's name and the event's id. What cannot be read, or breaks its
consumer, is set aside with its reason; what only failed is tried again until it is too old to matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from sabiscore.errors import BadEvent, SabiScoreError
from sabiscore.events.event import Event, decode, encode
from sabiscore.events.stored_event import StoredEvent

UNREADABLE = ""
"""In the place of a consumer's name: nobody could read it."""

Turn = Literal["mine", "done", "busy", "overtaken"]
"""What an event is to its consumer: to be done; done; being done by another; older than one delivered."""


class Consumer(Protocol):
    """What is done about events of ``kinds``, unless they are older than ``fresh_for``.

    ``keeps_order``: an event is left out once a newer one of its topic was delivered.
    """

    name: str
    kinds: frozenset[str]
    fresh_for: timedelta
    keeps_order: bool

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        """By id, why an effect failed and is to be tried again. Raises SabiScoreError where all failed."""
        ...


class ConsumerState(Protocol):
    """What consumers have done, and what was set aside."""

    def begin(
        self, consumer: str, events: Sequence[Event], now: datetime, *, keeps_order: bool
    ) -> dict[str, Turn]:
        """By id, what each is to ``consumer``, who holds those that are its own."""
        ...

    def finish(self, consumer: str, ids: Sequence[str]) -> None:
        """Those were done."""
        ...

    def release(self, consumer: str, ids: Sequence[str]) -> None:
        """Those were not done: they may be begun again."""
        ...

    def set_aside(self, consumer: str, text: str, reason: str, now: datetime) -> None:
        """Keeps what cannot be consumed, once, with its reason."""
        ...

    def forget(self, before: datetime) -> int:
        """How many effects and things set aside of before ``before`` are gone."""
        ...


@dataclass(slots=True, kw_only=True)
class ConsumedCounts:
    """What came of it: effects had, left out as doubled, late or overtaken, set aside, and failures."""

    effects: int = 0
    doubled: int = 0
    late: int = 0
    overtaken: int = 0
    set_aside: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """By event, why it is to be tried again."""

    def __add__(self, other: ConsumedCounts) -> ConsumedCounts:
        return ConsumedCounts(
            effects=self.effects + other.effects,
            doubled=self.doubled + other.doubled,
            late=self.late + other.late,
            overtaken=self.overtaken + other.overtaken,
            set_aside=self.set_aside + other.set_aside,
            failed=self.failed | other.failed,
        )


class Consumption:
    """``consumers`` of what is stored; ``warn`` is called for each dead letter."""

    def __init__(
        self,
        consumers: Sequence[Consumer],
        effects: ConsumerState,
        now: Callable[[], datetime],
        warn: Callable[[Exception], None],
    ) -> None:
        self._consumers = consumers
        self._effects = effects
        self._now = now
        self._warn = warn

    def take(self, stored: Sequence[StoredEvent]) -> ConsumedCounts:
        """What came of offering ``stored`` to every consumer. Raises StoreUnavailable."""
        came = ConsumedCounts()
        events: dict[str, Event] = {}
        for waiting in stored:
            try:
                event = decode(waiting.body)
            except BadEvent as error:
                self._set_aside(UNREADABLE, waiting.body, error, came)
            else:
                came.doubled += event.id in events
                events[event.id] = event
        for consumer in self._consumers:
            came.failed |= self._offer(consumer, list(events.values()), came)
        return came

    def _offer(self, consumer: Consumer, events: Sequence[Event], came: ConsumedCounts) -> dict[str, str]:
        """Why some events are to be offered to ``consumer`` again, by id."""
        now = self._now()
        wanted = [event for event in events if event.kind in consumer.kinds]
        fresh = [event for event in wanted if now - event.at <= consumer.fresh_for]
        came.late += len(wanted) - len(fresh)
        if not fresh:
            return {}
        turns = self._effects.begin(consumer.name, fresh, now, keeps_order=consumer.keeps_order)
        came.doubled += sum(turn == "done" for turn in turns.values())
        came.overtaken += sum(turn == "overtaken" for turn in turns.values())
        mine = sorted((event for event in fresh if turns[event.id] == "mine"), key=lambda event: event.at)
        aside = came.set_aside
        failed = self._do(consumer, mine, came)
        done = [event.id for event in mine if event.id not in failed]
        self._effects.finish(consumer.name, done)
        self._effects.release(consumer.name, sorted(failed))
        came.effects += len(done) - (came.set_aside - aside)
        busy = {key: "another run is at it" for key, turn in turns.items() if turn == "busy"}
        return failed | busy

    def _do(self, consumer: Consumer, events: Sequence[Event], came: ConsumedCounts) -> dict[str, str]:
        """By id, why effects of ``events`` failed. One that breaks its consumer is set aside."""
        if not events:
            return {}
        try:
            return dict(consumer.take(events))
        except SabiScoreError as error:
            return {event.id: str(error) for event in events}
        except Exception as error:  # whichever of them broke it must not keep events from the others
            if len(events) == 1:
                self._set_aside(consumer.name, encode(events[0]), error, came)
                return {}
        return {key: why for event in events for key, why in self._do(consumer, [event], came).items()}

    def _set_aside(self, consumer: str, text: str, error: Exception, came: ConsumedCounts) -> None:
        reason = str(error) if isinstance(error, SabiScoreError) else f"{type(error).__name__}: {error}"
        self._effects.set_aside(consumer, text, reason, self._now())
        self._warn(error)
        came.set_aside += 1

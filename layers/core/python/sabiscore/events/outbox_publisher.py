"""From the log of events to streams and consumers: what was not sent is sent, in order, and consumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sabiscore.errors import StreamUnavailable
from sabiscore.events.consume import ConsumedCounts, ConsumerState, Consumption
from sabiscore.events.stream import Sink, StoredEvent, Stream

AT_ONCE = 500


class UnsentEvents(Protocol):
    """The events as they were stored."""

    def unsent(self, after: int = 0, most: int = AT_ONCE) -> list[StoredEvent]:
        """The oldest that were not sent, of those behind number ``after``."""
        ...

    def sent(self, numbers: Iterable[int], at: datetime) -> None:
        """Those were sent."""
        ...

    def forget(self, before: datetime) -> int:
        """How many that were sent before ``before`` are gone."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedCounts:
    """How many events were ``sent``, what consumers did, and what went wrong without losing anything."""

    sent: int = 0
    came: ConsumedCounts = field(default_factory=ConsumedCounts)
    problems: tuple[str, ...] = ()
    remark: str = ""

    @property
    def figures(self) -> dict[str, int]:
        """What happened at all, by its name in a report."""
        all_of_them = {
            "events_sent": self.sent,
            "effects": self.came.effects,
            "events_late": self.came.late,
            "events_set_aside": self.came.set_aside,
        }
        return {name: number for name, number in all_of_them.items() if number}

    @property
    def sentence(self) -> str:
        """What happened at all, in words.

        >>> PublishedCounts(3, ConsumedCounts(effects=2), remark="No room was notified.").sentence
        '3 events sent, 2 effects. No room was notified.'
        >>> PublishedCounts().sentence
        ''
        """
        parts = (
            (self.sent, "events sent"),
            (self.came.effects, "effects"),
            (self.came.late, "too late to tell"),
            (self.came.set_aside, "set aside"),
        )
        words = ", ".join(f"{number} {what}" for number, what in parts if number)
        return f"{words}. {self.remark}".rstrip() if words else ""

    def __add__(self, other: PublishedCounts) -> PublishedCounts:
        problems = tuple(dict.fromkeys((*self.problems, *other.problems)))
        remark = self.remark or other.remark
        return PublishedCounts(self.sent + other.sent, self.came + other.came, problems, remark)


class OutboxPublisher:
    """Sends what is in ``log`` to ``stream`` and ``others``, and has it consumed.

    ``remark`` says what is not done about events here.

    An event in a stream that lasts is sent once it is there. One in the memory of this process is sent
    once it was consumed: until then only the store is sure to remember it.
    """

    def __init__(
        self,
        log: UnsentEvents,
        stream: Stream,
        *,
        others: Sequence[Sink],
        consumption: Consumption,
        effects: ConsumerState,
        now: Callable[[], datetime],
        remark: str = "",
    ) -> None:
        self._log = log
        self._stream = stream
        self._others = others
        self._consumption = consumption
        self._effects = effects
        self._now = now
        self._remark = remark

    def forget(self, before: datetime) -> int:
        """How many events, effects and things set aside of before ``before`` are gone."""
        return self._log.forget(before) + self._effects.forget(before)

    def run(self) -> PublishedCounts:
        """Raises StoreUnavailable; an unreachable stream is reported, and the next run tries it again."""
        relayed, after = PublishedCounts(remark=self._remark), 0
        while waiting := self._log.unsent(after, AT_ONCE):
            after = waiting[-1].seq
            problems = [
                problem for sink in (self._stream, *self._others) if (problem := _added(sink, waiting))
            ]
            relayed += PublishedCounts(problems=tuple(problems))
            came = self._consume()
            relayed += came
            if problems:
                return relayed
            failed = {} if self._stream.lasts else came.came.failed
            done = [event.seq for event in waiting if event.id not in failed]
            self._log.sent(done, self._now())
            relayed += PublishedCounts(len(done))
        return relayed + self._consume()

    def _consume(self) -> PublishedCounts:
        try:
            came = self._consumption.run()
        except StreamUnavailable as error:
            return PublishedCounts(problems=(str(error),))
        reasons = sorted(set(came.failed.values()))
        if not reasons:
            return PublishedCounts(came=came)
        return PublishedCounts(
            0, came, (f"{len(came.failed)} events will be sent again: {'; '.join(reasons[:3])}",)
        )


def _added(sink: Sink, events: Sequence[StoredEvent]) -> str | None:
    """What went wrong when ``events`` were sent, if anything did."""
    try:
        sink.add(events)
    except StreamUnavailable as error:
        return str(error)
    return None

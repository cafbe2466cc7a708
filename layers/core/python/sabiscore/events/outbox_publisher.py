"""From the outbox to its consumers: what was not sent is offered to each of them, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sabiscore.errors import SabiScoreError
from sabiscore.events.consume import ConsumedCounts, ConsumerState, Consumption
from sabiscore.events.deliveries import DeliveredCounts
from sabiscore.events.stored_event import StoredEvent

EVENTS_AT_ONCE = 500


class UnsentEvents(Protocol):
    """The events as they were stored."""

    def unsent(self, after: int = 0, most: int = EVENTS_AT_ONCE) -> list[StoredEvent]:
        """The oldest that were not sent, of those behind number ``after``."""
        ...

    def sent(self, numbers: Iterable[int], at: datetime) -> None:
        """Those were sent."""
        ...

    def forget(self, before: datetime) -> int:
        """How many that were sent before ``before`` are gone."""
        ...


class MessageSender(Protocol):
    """What waits for receivers of webhooks, or for browsers."""

    def run(self) -> DeliveredCounts:
        """What came of all that was due. Raises StoreUnavailable."""
        ...

    def forget(self, before: datetime) -> int:
        """How many messages of before ``before`` are gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCounts:
    """How many events were ``sent``, what consumers did, and what went wrong without losing anything."""

    sent: int = 0
    came: ConsumedCounts = field(default_factory=ConsumedCounts)
    problems: tuple[str, ...] = ()
    remark: str = ""
    deliveries: DeliveredCounts = field(default_factory=DeliveredCounts)
    """Of webhooks."""
    push: DeliveredCounts = field(default_factory=lambda: DeliveredCounts(kind="push"))

    @property
    def figures(self) -> dict[str, int]:
        """What happened at all, by its name in a report."""
        all_of_them = {
            "events_sent": self.sent,
            "effects": self.came.effects,
            "events_late": self.came.late,
            "events_set_aside": self.came.set_aside,
        }
        return {name: number for name, number in all_of_them.items() if number} | (
            self.deliveries.figures | self.push.figures
        )

    @property
    def sentence(self) -> str:
        """What happened at all, in words.

        >>> PublishedCounts(sent=3, came=ConsumedCounts(effects=2), remark="No room.").sentence
        '3 events sent, 2 effects. No room.'
        >>> PublishedCounts().sentence
        ''
        """
        parts = (
            (self.sent, "events sent"),
            (self.came.effects, "effects"),
            (self.came.late, "too late to tell"),
            (self.came.set_aside, "set aside"),
            (self.deliveries.delivered, "webhooks delivered"),
            (self.deliveries.failed, "webhooks not taken"),
            (self.push.delivered, "push messages sent"),
            (self.push.failed, "push messages not taken"),
        )
        words = ", ".join(f"{number} {what}" for number, what in parts if number)
        return f"{words}. {self.remark}".rstrip() if words else ""

    def __add__(self, other: PublishedCounts) -> PublishedCounts:
        problems = tuple(dict.fromkeys((*self.problems, *other.problems)))
        remark = self.remark or other.remark
        return PublishedCounts(
            sent=self.sent + other.sent,
            came=self.came + other.came,
            problems=problems,
            remark=remark,
            deliveries=self.deliveries + other.deliveries,
            push=self.push + other.push,
        )


class OutboxPublisher:
    """Offers what is in ``log`` to its consumers; an event is sent once every one of them has had it.

    The outbox is the queue: an event stays unsent, and is offered again by the next run, until then.
    ``remark`` says what is not done about events here. After them ``sender`` sends the webhooks that
    wait and ``push`` the push messages, those of earlier runs too.
    """

    def __init__(
        self,
        log: UnsentEvents,
        consumption: Consumption,
        effects: ConsumerState,
        now: Callable[[], datetime],
        remark: str = "",
        *,
        sender: MessageSender | None = None,
        push: MessageSender | None = None,
    ) -> None:
        self._log = log
        self._consumption = consumption
        self._effects = effects
        self._now = now
        self._remark = remark
        self._sender = sender
        self._push = push

    def forget(self, before: datetime) -> int:
        """How many events, effects and things set aside of before ``before`` are gone."""
        senders = [sender for sender in (self._sender, self._push) if sender is not None]
        messages = sum(sender.forget(before) for sender in senders)
        return self._log.forget(before) + self._effects.forget(before) + messages

    def run(self) -> PublishedCounts:
        """What was sent; what failed is reported and tried again by the next run. Raises StoreUnavailable."""
        published, after = PublishedCounts(remark=self._remark), 0
        while waiting := self._log.unsent(after, EVENTS_AT_ONCE):
            after = waiting[-1].seq
            came = self._consumption.take(waiting)
            done = [event.seq for event in waiting if event.id not in came.failed]
            self._log.sent(done, self._now())
            published += PublishedCounts(sent=len(done), came=came, problems=_problems(came.failed))
        delivered, webhook_problems = _sent_by(self._sender, "Webhooks", DeliveredCounts())
        pushed, push_problems = _sent_by(self._push, "Push messages", DeliveredCounts(kind="push"))
        problems = (*webhook_problems, *push_problems)
        return published + PublishedCounts(problems=problems, deliveries=delivered, push=pushed)


def _sent_by(
    sender: MessageSender | None, what: str, nothing: DeliveredCounts
) -> tuple[DeliveredCounts, tuple[str, ...]]:
    """What became of the messages of ``sender``; a failure is a problem, and the next run goes on."""
    if sender is None:
        return nothing, ()
    try:
        delivered = sender.run()
    except SabiScoreError as error:
        return nothing, (f"{what} were not sent: {error}",)
    return delivered, delivered.problems


def _problems(failed: Mapping[str, str]) -> tuple[str, ...]:
    reasons = "; ".join(sorted(set(failed.values()))[:3])
    return (f"{len(failed)} events will be sent again: {reasons}",) if failed else ()

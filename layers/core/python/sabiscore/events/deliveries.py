"""Messages on their way to receivers: tried at once, then after growing pauses, then given up.

A receiver that took nothing for days is switched off. At least once: a message whose answer was lost is sent
again with the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from sabiscore.errors import ReceiverUnavailable, Refused

PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before the second attempt, the third and so on, as the specification recommends."""
LONGEST_PAUSE = timedelta(days=1)
"""However long a receiver asks us to wait."""
FAILING_FOR = timedelta(days=5)
"""A receiver that took nothing for so long is switched off."""
FAILURES = 10
"""Not for fewer attempts than these: in the summer there is little to send."""
CLAIMED_FOR = timedelta(minutes=2)
"""Nobody else tries a message for so long after somebody began to: whoever did may have been killed."""
DELIVERING_S = 15.0
"""No attempt begins later in a run: a schedule has other things to do."""


class Recipient(Protocol):
    """A subscription: ``failures`` attempts failed since ``failing_since``, None while messages are taken."""

    @property
    def id(self) -> str: ...
    @property
    def failing_since(self) -> datetime | None: ...
    @property
    def failures(self) -> int: ...


S = TypeVar("S", bound=Recipient)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPolicy:
    """What holds for all messages of a ``kind``, whose name begins its figures in a report.

    ``life_of`` gives how long after its event a message of a type is worth sending; a status among ``gone``
    is the receiver's word for "never again". ``name`` is what the report calls a subscription, where it
    ``announces_end`` of one.
    """

    kind: str
    name: str
    life_of: Callable[[str], timedelta]
    gone: frozenset[int]
    receivers_at_once: int
    deliveries_a_run: int
    announces_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Generic[S]):
    """A message that waits for one subscription; ``attempts`` were made before."""

    subscription: S
    message_id: str
    type: str
    body: str
    event_at: datetime
    due_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class ReceiverAnswer:
    """The status that a receiver answered with, and the seconds that it asks us to wait."""

    status: int
    retry_after_s: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the message was taken: any 2xx."""
        return 200 <= self.status < 300


Post = Callable[[Delivery[S]], Awaitable[ReceiverAnswer]]
"""Sends one message. Raises ReceiverUnavailable for no answer, Refused for an address not to be called."""


class DeliveryQueue(Protocol[S]):
    """The messages that wait, and what came of them."""

    def due(self, now: datetime, most: int) -> list[Delivery[S]]:
        """Those to be tried now, the oldest event first."""
        ...

    def claim(self, delivery: Delivery[S], until: datetime) -> bool:
        """Whether this attempt is ours; nobody else gets it before ``until``."""
        ...

    def delivered(self, delivery: Delivery[S], at: datetime) -> None:
        """It was taken, and its subscription is well."""
        ...

    def failed(self, delivery: Delivery[S], at: datetime, reason: str, again_at: datetime) -> None:
        """It was not taken at ``at``; it is tried again at ``again_at``."""
        ...

    def give_up(self, delivery: Delivery[S]) -> None:
        """It is not tried again."""
        ...

    def switch_off(self, subscription_id: str, at: datetime, reason: str) -> None:
        """Nothing more is sent there."""
        ...

    def forget(self, before: datetime) -> int:
        """How many messages of before ``before`` are gone."""
        ...


@dataclass(frozen=True, slots=True)
class DeliveredCounts:
    """Messages taken, attempts that failed, messages given up, and what the operator should know.

    ``kind`` begins the name of each figure.
    """

    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    problems: tuple[str, ...] = ()
    kind: str = "webhooks"

    @property
    def figures(self) -> dict[str, int]:
        """What happened at all, by its name in a report."""
        named = {
            f"{self.kind}_delivered": self.delivered,
            f"{self.kind}_failed": self.failed,
            f"{self.kind}_given_up": self.given_up,
        }
        return {name: number for name, number in named.items() if number}

    def __add__(self, other: DeliveredCounts) -> DeliveredCounts:
        problems = tuple(dict.fromkeys((*self.problems, *other.problems)))
        return DeliveredCounts(
            self.delivered + other.delivered,
            self.failed + other.failed,
            self.given_up + other.given_up,
            problems,
            self.kind,
        )


@dataclass(slots=True)
class _Run:
    """What came of one run so far."""

    ends: float
    came: DeliveredCounts


class DeliverySender(Generic[S]):
    """Sends what is due in ``queue`` by ``post``; ``spread`` lengthens a pause a little, not always alike."""

    def __init__(
        self,
        queue: DeliveryQueue[S],
        post: Post[S],
        *,
        policy: DeliveryPolicy,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        spread: Callable[[timedelta], timedelta],
    ) -> None:
        self._queue = queue
        self._post = post
        self._policy = policy
        self._now = now
        self._monotonic = monotonic
        self._spread = spread

    def forget(self, before: datetime) -> int:
        """How many messages of before ``before`` are gone."""
        return self._queue.forget(before)

    def run(self) -> DeliveredCounts:
        """What came of all that was due. Raises StoreUnavailable."""
        due = self._queue.due(self._now(), self._policy.deliveries_a_run)
        return asyncio.run(self._deliver_all(due)) if due else DeliveredCounts(kind=self._policy.kind)

    async def _deliver_all(self, due: Sequence[Delivery[S]]) -> DeliveredCounts:
        """Receivers beside each other, the messages of each one after the other."""
        receivers: dict[str, list[Delivery[S]]] = {}
        for delivery in due:
            receivers.setdefault(delivery.subscription.id, []).append(delivery)
        run = _Run(self._monotonic() + DELIVERING_S, DeliveredCounts(kind=self._policy.kind))
        line = asyncio.Semaphore(self._policy.receivers_at_once)

        async def to(deliveries: Sequence[Delivery[S]]) -> None:
            async with line:
                for delivery in deliveries:
                    if self._monotonic() > run.ends or not await self._deliver(delivery, run):
                        return  # the rest stays due

        await asyncio.gather(*map(to, receivers.values()))
        return run.came

    async def _deliver(self, delivery: Delivery[S], run: _Run) -> bool:
        """Whether the next message may be tried at this receiver."""
        now = self._now()
        if now - delivery.event_at > self._policy.life_of(delivery.type):
            self._queue.give_up(delivery)
            run.came += DeliveredCounts(given_up=1)
            return True
        if not self._queue.claim(delivery, now + CLAIMED_FOR):
            return True
        try:
            answer = await self._post(delivery)
        except (ReceiverUnavailable, Refused) as error:
            return self._failed(delivery, run, str(error), None)
        if answer.is_taken:
            self._queue.delivered(delivery, self._now())
            run.came += DeliveredCounts(delivered=1)
            return True
        return self._failed(delivery, run, f"It answered {answer.status}.", answer)

    def _failed(self, delivery: Delivery[S], run: _Run, reason: str, answer: ReceiverAnswer | None) -> bool:
        now, subscription = self._now(), delivery.subscription
        is_last = delivery.attempts >= len(PAUSES)
        self._queue.failed(delivery, now, reason, now + self._pause(delivery, answer))
        run.came += DeliveredCounts(failed=1, given_up=int(is_last))
        if is_last:
            self._queue.give_up(delivery)
        if why := self._reason_to_switch_off(subscription, now, reason, answer):
            self._queue.switch_off(subscription.id, now, why)
            run.came += DeliveredCounts(problems=self._ended(subscription, why))
            return False
        return answer is not None  # whoever does not answer at all is left alone until the next run

    def _ended(self, subscription: S, why: str) -> tuple[str, ...]:
        """What the operator should know of it."""
        if not self._policy.announces_end:
            return ()
        return (f"{self._policy.name} {subscription.id} was switched off: {why}",)

    def _pause(self, delivery: Delivery[S], answer: ReceiverAnswer | None) -> timedelta:
        """Before the next attempt: longer each time, and as long as the receiver asks for."""
        asked_s = (answer.retry_after_s if answer is not None else None) or 0.0
        asked = timedelta(seconds=min(asked_s, LONGEST_PAUSE.total_seconds()))
        return max(self._spread(PAUSES[min(delivery.attempts, len(PAUSES) - 1)]), asked)

    def _reason_to_switch_off(
        self, subscription: S, now: datetime, reason: str, answer: ReceiverAnswer | None
    ) -> str:
        """Why nothing more is sent after an attempt that failed for ``reason``; "" to go on."""
        if answer is not None and answer.status in self._policy.gone:
            return reason
        since = subscription.failing_since
        if since is None or now - since < FAILING_FOR or subscription.failures < FAILURES:
            return ""
        return f"It took nothing since {since:%Y-%m-%d %H:%M} UTC. {reason}"

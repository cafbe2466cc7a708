"""Messages are tried at once, then after growing pauses; a receiver that takes nothing for days is off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from sabiscore.errors import ReceiverUnavailable
from sabiscore.events.deliveries import (
    DELIVERING_S,
    FAILING_FOR,
    FAILURES,
    LONGEST_PAUSE,
    PAUSES,
    Delivery,
    DeliverySender,
    ReceiverAnswer,
)
from sabiscore.events.webhooks import (
    LONG_LIFE,
    SHORT_LIFE,
    TYPES,
    WEBHOOKS,
    WebhookConsumer,
    WebhookMessage,
    WebhookSubscription,
    message_of,
)
from tests.support.sample_events import AT, every_kind

AWAY = ReceiverUnavailable("hooks.example.com could not be reached.")


@dataclass
class Queue:
    """Messages of one subscription in memory."""

    waiting: dict[str, Delivery] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    off: dict[str, str] = field(default_factory=dict)
    claimable: bool = True

    def due(self, now, most):
        return [delivery for delivery in self.waiting.values() if delivery.due_at <= now][:most]

    def claim(self, delivery, until):
        return self.claimable

    def delivered(self, delivery, at):
        self.done.append(delivery.message_id)
        del self.waiting[delivery.message_id]

    def failed(self, delivery, at, reason, again_at):
        before = delivery.subscription
        after = replace(
            before, failures=before.failures + 1, failing_since=before.failing_since or at, failure=reason
        )
        for name, each in self.waiting.items():
            self.waiting[name] = replace(each, subscription=after)
        mine = self.waiting[delivery.message_id]
        self.waiting[delivery.message_id] = replace(mine, attempts=delivery.attempts + 1, due_at=again_at)

    def give_up(self, delivery):
        self.given_up.append(delivery.message_id)
        self.waiting.pop(delivery.message_id, None)

    def switch_off(self, subscription_id, at, reason):
        self.off[subscription_id] = reason
        self.waiting.clear()

    def forget(self, before):
        return 0


@dataclass(kw_only=True)
class World:
    """A queue, a receiver that answers as it is told to, and a clock that stands."""

    answers: list = field(default_factory=list)
    queue: Queue = field(default_factory=Queue)
    posted: list[str] = field(default_factory=list)
    now: object = AT
    took_s: float = 0.0
    passed_s: float = 0.0

    async def post(self, delivery):
        self.posted.append(delivery.message_id)
        self.passed_s += self.took_s
        answer = self.answers[min(len(self.posted), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, ReceiverAnswer) else ReceiverAnswer(answer)

    def run(self):
        sender = DeliverySender(
            self.queue,
            self.post,
            policy=WEBHOOKS,
            now=lambda: self.now,
            monotonic=lambda: self.passed_s,
            spread=lambda p: p,
        )
        return sender.run()


def subscription(**changes) -> WebhookSubscription:
    whole = WebhookSubscription(
        id="whk_1", url="https://hooks.example.com/", secret="whsec_AA==", types=("match.goal",),
        is_local=False, created_at=AT,
    )  # fmt: skip
    return replace(whole, **changes)


def waiting(*names: str, message_type: str = "match.goal", **changes) -> Queue:
    queue = Queue()
    for name in names:
        queue.waiting[name] = Delivery(
            subscription=subscription(**changes), message_id=name, type=message_type, body="{}", event_at=AT,
            due_at=AT,
        )  # fmt: skip
    return queue


def test_what_is_taken_is_sent_once() -> None:
    world = World(answers=[204], queue=waiting("a", "b"))
    assert world.run().figures == {"webhooks_delivered": 2}
    assert world.run().figures == {}
    assert world.posted == ["a", "b"]


@pytest.mark.parametrize("answer", [302, 400, 404, 500, 503])
def test_what_is_not_taken_is_tried_again_after_growing_pauses(answer: int) -> None:
    world = World(answers=[answer], queue=waiting("a", message_type="prediction.sealed"))
    for pause in PAUSES[:5]:
        assert world.run().failed == 1
        assert world.queue.waiting["a"].due_at - world.now == pause
        assert world.run().failed == 0, "before the pause is over nothing is sent"
        world.now += pause


def test_a_message_that_was_tried_often_enough_is_given_up() -> None:
    queue = waiting("a")
    queue.waiting["a"] = replace(queue.waiting["a"], attempts=len(PAUSES))
    world = World(answers=[500], queue=queue)
    assert world.run().given_up == 1
    assert queue.given_up == ["a"]


@pytest.mark.parametrize(("asked_s", "pause"), [(7200, timedelta(hours=2)), (10**9, LONGEST_PAUSE)])
def test_a_receiver_is_left_alone_as_long_as_it_asks_for(asked_s: float, pause: timedelta) -> None:
    world = World(answers=[ReceiverAnswer(429, asked_s)], queue=waiting("a"))
    world.run()
    assert world.queue.waiting["a"].due_at - AT == pause


@pytest.mark.parametrize(
    ("message_type", "life"), [("match.goal", SHORT_LIFE), ("prediction.settled", LONG_LIFE)]
)
def test_old_news_is_not_sent_any_more(message_type: str, life: timedelta) -> None:
    world = World(
        answers=[204], queue=waiting("a", message_type=message_type), now=AT + life + timedelta(seconds=1)
    )
    assert world.run().figures == {"webhooks_given_up": 1}
    assert world.posted == []


def test_a_receiver_that_does_not_answer_at_all_is_asked_once_a_run() -> None:
    world = World(answers=[AWAY], queue=waiting("a", "b", "c"))
    assert world.run().failed == 1
    assert world.posted == ["a"]


def test_what_another_run_is_at_is_left_to_it() -> None:
    world = World(answers=[204], queue=waiting("a"))
    world.queue.claimable = False
    assert world.run().figures == {}
    assert world.posted == []


def test_no_attempt_begins_late_in_a_run() -> None:
    world = World(answers=[204], queue=waiting("a", "b", "c"), took_s=DELIVERING_S)
    assert world.run().delivered == 2
    assert world.run().delivered == 1


def test_whoever_says_gone_is_off_at_once() -> None:
    world = World(answers=[410], queue=waiting("a", "b"))
    assert world.run().problems == ("Webhook whk_1 was switched off: It answered 410.",)
    assert world.posted == ["a"]


@pytest.mark.parametrize(
    ("failures", "failing_for", "is_off"),
    [
        (FAILURES, FAILING_FOR, True),
        (FAILURES - 1, FAILING_FOR, False),
        (FAILURES, FAILING_FOR - timedelta(minutes=1), False),
        (0, None, False),
    ],
)
def test_only_days_of_failure_switch_a_receiver_off(failures, failing_for, is_off) -> None:
    since = AT - failing_for if failing_for is not None else None
    world = World(answers=[500], queue=waiting("a", failures=failures, failing_since=since))
    assert bool(world.run().problems) == is_off
    assert bool(world.queue.off) == is_off


def test_every_kind_but_moves_of_odds_has_a_message_with_the_id_of_its_event() -> None:
    taken: list[WebhookMessage] = []

    class Kept:
        def enqueue(self, messages):
            taken.extend(messages)

    events = [event for event in every_kind(1) if event.kind in TYPES]
    assert len(events) == len(every_kind(1)) - 1
    assert WebhookConsumer(Kept()).take(events) == {}
    assert [message.id for message in taken] == [event.id for event in events]
    assert taken == [message_of(event) for event in events]


def test_neither_the_secret_nor_the_address_gets_into_a_log() -> None:
    said = repr(waiting("a").waiting["a"])
    assert "whk_1" in said
    assert "whsec" not in said
    assert "hooks.example.com" not in said

"""Outgoing webhooks by Standard Webhooks 1.0: who hears of what, and in which words.

Specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sabiscore.errors import BadSetting
from sabiscore.events.deliveries import DeliveryPolicy
from sabiscore.events.event import Event

TYPES: Mapping[str, str] = {
    "goal": "match.goal",
    "score_corrected": "match.score_corrected",
    "value_bet_opened": "value_bet.opened",
    "value_bet_changed": "value_bet.changed",
    "value_bet_died": "value_bet.died",
    "prediction_sealed": "prediction.sealed",
    "prediction_settled": "prediction.settled",
}
"""Kind of an event → type of its message. Moves of odds have none: there are thousands a day."""
PING = "webhook.ping"
"""The type of the message that tries a subscription out; everybody gets it."""

SHORT_LIFE, LONG_LIFE = timedelta(hours=6), timedelta(days=4)
"""A goal or a price is old news after the first; what the ledger says stays true."""

GONE = 410
"""The receiver's own word for "never again" (RFC 9110, section 15.5.11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """``body`` is the text that is sent; ``id`` is the same for every attempt and every subscriber."""

    id: str
    type: str
    event_at: datetime
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSubscription:
    """Who gets messages of ``types`` at ``url``; neither the secret nor the address is in its repr.

    ``failing_since`` is None while the last message was taken; ``failures`` counts the attempts since then
    that were not, and ``failure`` says why the last of them was not.
    """

    id: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    types: tuple[str, ...]
    is_local: bool
    created_at: datetime
    delivered_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    failure: str | None = None
    disabled_at: datetime | None = None


class WebhookQueue(Protocol):
    """Where messages wait for those who subscribed."""

    def enqueue(self, messages: Sequence[WebhookMessage]) -> None:
        """Each waits once for each subscription to its type that is on. Raises StoreUnavailable."""
        ...


class WebhookConsumer:
    """Puts messages about events into the queue of webhooks; an event that comes again changes nothing."""

    name = "webhooks"
    kinds = frozenset(TYPES)
    fresh_for = LONG_LIFE
    keeps_order = False

    def __init__(self, queue: WebhookQueue) -> None:
        self._queue = queue

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        self._queue.enqueue([message_of(event) for event in events])
        return {}


def message_of(event: Event) -> WebhookMessage:
    """What subscribers hear of ``event``, under the event's id."""
    data = event.model_dump(mode="json", exclude={"kind", "at"})
    return webhook_message(event.id, TYPES[event.kind], event.at, data)


def webhook_message(
    message_id: str, message_type: str, at: datetime, data: Mapping[str, object]
) -> WebhookMessage:
    """A message with the three members that the specification asks for.

    >>> from datetime import UTC
    >>> webhook_message("msg_1", PING, datetime(2026, 3, 14, tzinfo=UTC), {"n": 1}).body
    '{"type": "webhook.ping", "timestamp": "2026-03-14T00:00:00+00:00", "data": {"n": 1}}'
    """
    body = {"type": message_type, "timestamp": at.isoformat(), "data": dict(data)}
    return WebhookMessage(
        id=message_id, type=message_type, event_at=at, body=json.dumps(body, ensure_ascii=False)
    )


def life_of(message_type: str) -> timedelta:
    """How long after its event a message is still worth sending.

    >>> life_of("match.goal") < life_of("prediction.sealed")
    True
    """
    return LONG_LIFE if message_type.startswith("prediction.") else SHORT_LIFE


WEBHOOKS = DeliveryPolicy(
    kind="webhooks",
    name="Webhook",
    life_of=life_of,
    gone=frozenset({GONE}),
    receivers_at_once=8,
    deliveries_a_run=500,
    announces_end=True,
)
"""How messages of webhooks are delivered."""


def types_from(wanted: Iterable[str]) -> tuple[str, ...]:
    """The types that ``wanted`` names, all of them for none. Raises BadSetting for an unknown one.

    >>> types_from(["prediction.sealed", "match.goal"])
    ('match.goal', 'prediction.sealed')
    """
    asked = sorted(set(wanted)) or sorted(TYPES.values())
    unknown = [name for name in asked if name not in TYPES.values()]
    if unknown:
        raise BadSetting(
            f"There is no message of the type {unknown[0][:40]!r}.",
            hint=f"Known: {', '.join(TYPES.values())}.",
        )
    return tuple(asked)

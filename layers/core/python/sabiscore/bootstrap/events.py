"""Which consumers the events of schedules have, by the settings: a part of ``bootstrap``."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from random import uniform

from sabiscore.cache.targets import Targets
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.events.consume import Consumer, Consumption
from sabiscore.events.consumers import RevalidationConsumer, RoomBroadcaster
from sabiscore.events.deliveries import Delivery, Post, ReceiverAnswer, WebhookSender
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.events.webhooks import WebhookConsumer
from sabiscore.http.signatures import signed_headers
from sabiscore.net.edge import EdgeClient
from sabiscore.net.receivers import ReceiverClient
from sabiscore.observability.log import log
from sabiscore.settings import Settings
from sabiscore.store.consumer_state import SqlConsumerState
from sabiscore.store.events import EventLog
from sabiscore.store.session import Database
from sabiscore.store.webhooks import WebhookStore

MOST_SPREAD = 0.1
"""Pauses of webhooks are longer by up to this share, so that not all come back at once."""
NO_EDGE = "There is no edge, so no room was notified."


def outbox_publisher(
    settings: Settings,
    clock: Clock,
    *,
    database: Database,
    kind: DataKind,
    edge: EdgeClient | None,
    tell: Callable[[Targets], object] | None,
) -> OutboxPublisher:
    """Of the events in ``database``; what is made up goes to no bus and to no webhook.

    ``tell`` is None where nothing is shared that goals could put out of date.
    """
    effects = SqlConsumerState(database)
    consumers: list[Consumer] = [RevalidationConsumer(tell)] if tell is not None else []
    consumers += [RoomBroadcaster(edge.broadcast)] if edge is not None else []
    consumers += _buses(settings, kind)
    webhooks = WebhookStore(database)
    consumers += [WebhookConsumer(webhooks)] if kind == "real" else []
    return OutboxPublisher(
        EventLog(database),
        Consumption(consumers, effects, clock.now, _warn),
        effects,
        clock.now,
        remark="" if edge is not None else NO_EDGE,
        sender=webhook_sender(webhooks, clock) if kind == "real" else None,
    )


def webhook_sender(webhooks: WebhookStore, clock: Clock) -> WebhookSender:
    """Sends what waits in ``webhooks``."""
    post = webhook_post(ReceiverClient(clock.now), clock)
    return WebhookSender(webhooks, post, now=clock.now, monotonic=time.monotonic, spread=_spread)


def webhook_post(client: ReceiverClient, clock: Clock) -> Post:
    """What signs a message with its subscription's secret and sends it by ``client``."""

    async def post(delivery: Delivery) -> ReceiverAnswer:
        body, subscription = delivery.body.encode(), delivery.subscription
        signed = signed_headers([subscription.secret], body, clock.now(), delivery.message_id)
        headers = {"Content-Type": "application/json", **signed}
        answer = await client.post(subscription.url, body, headers)
        return ReceiverAnswer(answer.status, answer.retry_after_s)

    return post


def _spread(pause: timedelta) -> timedelta:
    return pause * uniform(1, 1 + MOST_SPREAD)  # noqa: S311 - no secret hangs on it


def _buses(settings: Settings, kind: DataKind) -> list[Consumer]:
    if settings.event_bus is None or kind != "real":
        return []
    from sabiscore.events.event_bridge import event_bridge

    return [event_bridge(settings.event_bus)]


def _warn(error: Exception) -> None:
    reason = str(error) or type(error).__name__
    log().warning("an event was set aside", extra={"reason": reason})

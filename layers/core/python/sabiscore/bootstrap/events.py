"""Which consumers the events of schedules have, by the settings: a part of ``bootstrap``."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from random import uniform
from typing import TYPE_CHECKING

from sabiscore.cache.targets import Targets
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.events.consume import Consumer, Consumption
from sabiscore.events.consumers import RevalidationConsumer, RoomBroadcaster
from sabiscore.events.deliveries import Delivery, DeliverySender, Post, ReceiverAnswer
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.events.push import PUSH, VALUE_BET, PushConsumer, PushSender, PushSubscription, life_of
from sabiscore.events.webhooks import WEBHOOKS, WebhookConsumer, WebhookSubscription
from sabiscore.http.signatures import signed_headers
from sabiscore.identity.clubs import display_name
from sabiscore.net.edge import EdgeClient
from sabiscore.net.receivers import ReceiverClient
from sabiscore.observability.log import log
from sabiscore.settings import Settings
from sabiscore.store.consumer_state import SqlConsumerState
from sabiscore.store.events import EventLog
from sabiscore.store.push import SqlPushStore
from sabiscore.store.session import Database
from sabiscore.store.webhooks import WebhookStore

if TYPE_CHECKING:
    from sabiscore.net.web_push import VapidSigner

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
    """Of the events in ``database``; what is made up goes to no bus, no webhook and no browser.

    ``tell`` is None where nothing is shared that goals could put out of date.
    """
    effects = SqlConsumerState(database)
    consumers: list[Consumer] = [RevalidationConsumer(tell)] if tell is not None else []
    consumers += [RoomBroadcaster(edge.broadcast)] if edge is not None else []
    consumers += _buses(settings, kind)
    webhooks = WebhookStore(database)
    consumers += [WebhookConsumer(webhooks)] if kind == "real" else []
    push = SqlPushStore(database)
    is_pushed = settings.push_private_key is not None and kind == "real"
    consumers += [PushConsumer(push, display_name)] if is_pushed else []
    return OutboxPublisher(
        EventLog(database),
        Consumption(consumers, effects, clock.now, _warn),
        effects,
        clock.now,
        remark="" if edge is not None else NO_EDGE,
        sender=webhook_sender(webhooks, clock) if kind == "real" else None,
        push=push_sender(settings, push, clock) if is_pushed else None,
    )


def webhook_sender(webhooks: WebhookStore, clock: Clock) -> DeliverySender[WebhookSubscription]:
    """Sends what waits in ``webhooks``."""
    post = webhook_post(ReceiverClient(clock.now), clock)
    return DeliverySender(
        webhooks, post, policy=WEBHOOKS, now=clock.now, monotonic=time.monotonic, spread=_spread
    )


def webhook_post(client: ReceiverClient, clock: Clock) -> Post[WebhookSubscription]:
    """What signs a message with its subscription's secret and sends it by ``client``."""

    async def post(delivery: Delivery[WebhookSubscription]) -> ReceiverAnswer:
        body, subscription = delivery.body.encode(), delivery.subscription
        signed = signed_headers([subscription.secret], body, clock.now(), delivery.message_id)
        headers = {"Content-Type": "application/json", **signed}
        answer = await client.post(subscription.url, body, headers)
        return ReceiverAnswer(answer.status, answer.retry_after_s)

    return post


def push_sender(settings: Settings, store: SqlPushStore, clock: Clock) -> PushSender:
    """Sends what waits in ``store``, signed with the keys of ``settings``, which must hold them."""

    @cache
    def signer() -> VapidSigner:
        # Imports cryptography, which nobody else needs.
        from sabiscore.net.web_push import VapidKeys, VapidSigner

        keys = VapidKeys(settings.push_public_key or "", settings.push_private_key or "")
        return VapidSigner(keys, settings.push_contact, clock.now)

    sender = DeliverySender(
        store,
        push_post(signer, ReceiverClient(clock.now), clock),
        policy=PUSH,
        now=clock.now,
        monotonic=time.monotonic,
        spread=_spread,
    )
    return PushSender(store, sender, name_of=display_name, now=clock.now, require_keys=signer)


def push_post(
    signer: Callable[[], VapidSigner], client: ReceiverClient, clock: Clock
) -> Post[PushSubscription]:
    """What encrypts a message for its browser and hands it to the browser's push service by ``client``."""

    async def post(delivery: Delivery[PushSubscription]) -> ReceiverAnswer:
        from sabiscore.net.web_push import encrypt

        to = delivery.subscription
        body = encrypt(delivery.body.encode(), to.p256dh, to.auth)
        headers = {**signer().headers(to.endpoint), **push_fields(delivery, clock.now())}
        answer = await client.post(to.endpoint, body, headers)
        return ReceiverAnswer(answer.status, answer.retry_after_s)

    return post


def push_fields(delivery: Delivery[PushSubscription], now: datetime) -> dict[str, str]:
    """What the push service is asked: to wait while it is news, and to keep the newest of a subject only."""
    left_s = int((life_of(delivery.type) - (now - delivery.event_at)).total_seconds())
    subject = json.loads(delivery.body)["tag"]
    return {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(max(left_s, 0)),
        "Urgency": "normal" if delivery.type == VALUE_BET else "high",
        "Topic": urlsafe_b64encode(sha256(subject.encode()).digest()[:24]).decode(),
    }


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

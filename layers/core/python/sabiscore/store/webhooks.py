"""Subscriptions to webhooks, and the messages that wait for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update

from sabiscore.errors import BadSetting
from sabiscore.events.webhooks import WebhookMessage, WebhookSubscription
from sabiscore.store.delivery_queue import LONGEST_FAILURE, SqlDeliveryQueue, waiting
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into
from sabiscore.store.webhook_tables import webhook_deliveries, webhook_subscriptions

MOST_SUBSCRIPTIONS = 100

_S, _D = webhook_subscriptions.c, webhook_deliveries.c
_ON = _S.disabled_at.is_(None)


class WebhookStore(SqlDeliveryQueue[WebhookSubscription]):
    """The tables of webhooks."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            subscriptions=webhook_subscriptions,
            deliveries=webhook_deliveries,
            subscription_of=_subscription,
            is_on=_ON,
        )

    def add(self, subscription: WebhookSubscription) -> None:
        """Keeps a new subscription. Raises BadSetting when there are too many."""
        with self._database.transaction() as connection:
            count = connection.scalar(select(func.count()).select_from(webhook_subscriptions)) or 0
            if count >= MOST_SUBSCRIPTIONS:
                raise BadSetting(
                    f"There are {count} webhooks already.",
                    hint="Remove one first: sabiscore webhooks remove ID",
                )
            connection.execute(
                insert(webhook_subscriptions).values(
                    **{**asdict(subscription), "types": list(subscription.types)}
                )
            )

    def subscriptions(self) -> list[WebhookSubscription]:
        """All of them, the oldest first, those that are switched off too."""
        with self._database.transaction() as connection:
            rows = connection.execute(select(webhook_subscriptions).order_by(_S.created_at, _S.id)).mappings()
            return [_subscription(row) for row in rows]

    def waiting(self) -> dict[str, int]:
        """How many messages wait, by subscription."""
        counted = select(_D.subscription_id, func.count()).where(_D.state == "waiting")
        with self._database.transaction() as connection:
            return {row[0]: row[1] for row in connection.execute(counted.group_by(_D.subscription_id))}

    def remove(self, subscription_id: str) -> bool:
        """Whether there was one; it is gone, with all that waited for it."""
        with self._database.transaction() as connection:
            connection.execute(delete(webhook_deliveries).where(_D.subscription_id == subscription_id))
            gone = delete(webhook_subscriptions).where(_S.id == subscription_id)
            return connection.execute(gone).rowcount > 0

    def switch_on(self, subscription_id: str, at: datetime) -> None:
        """A message was taken at ``at``, so messages are sent there again from now on."""
        well = {
            "delivered_at": at,
            "failing_since": None,
            "failures": 0,
            "failure": None,
            "disabled_at": None,
        }
        with self._database.transaction() as connection:
            connection.execute(update(webhook_subscriptions).where(_S.id == subscription_id).values(**well))

    def enqueue(self, messages: Sequence[WebhookMessage]) -> None:
        """Each waits once for each subscription to its type that is on."""
        with self._database.transaction() as connection:
            on = connection.execute(select(_S.id, _S.types).where(_ON)).all()
            rows = [
                waiting(message, subscription_id)
                for subscription_id, types in on
                for message in messages
                if message.type in types
            ]
            if rows:
                put = insert_into(webhook_deliveries, connection.dialect.name).on_conflict_do_nothing()
                connection.execute(put, rows)

    def switch_off(self, subscription_id: str, at: datetime, reason: str) -> None:
        """Nothing more is sent there; what waited for it is given up."""
        off = {"disabled_at": at, "failure": reason[:LONGEST_FAILURE]}
        due = and_(_D.subscription_id == subscription_id, _D.state == "waiting")
        with self._database.transaction() as connection:
            connection.execute(update(webhook_subscriptions).where(_S.id == subscription_id).values(**off))
            connection.execute(update(webhook_deliveries).where(due).values(state="given_up"))


def _subscription(row: Mapping[Any, Any]) -> WebhookSubscription:
    return WebhookSubscription(**{**row, "types": tuple(row["types"])})

"""Subscriptions to webhooks, and the messages that wait for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from sabiscore.errors import BadSetting
from sabiscore.events.deliveries import Delivery
from sabiscore.events.webhooks import WebhookMessage, WebhookSubscription
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into
from sabiscore.store.webhook_tables import webhook_deliveries, webhook_subscriptions

MOST_SUBSCRIPTIONS = 100
LONGEST_FAILURE = 300
"""Characters of a reason that are kept."""

_S, _D = webhook_subscriptions.c, webhook_deliveries.c
_ON = _S.disabled_at.is_(None)


class WebhookStore:
    """The tables of webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
                _waiting(message, subscription_id)
                for subscription_id, types in on
                for message in messages
                if message.type in types
            ]
            if rows:
                put = insert_into(webhook_deliveries, connection.dialect.name).on_conflict_do_nothing()
                connection.execute(put, rows)

    def due(self, now: datetime, most: int) -> list[Delivery]:
        """The messages to be tried now, the oldest event first."""
        wanted = (
            select(webhook_deliveries)
            .join(webhook_subscriptions, _S.id == _D.subscription_id)
            .where(_ON, _D.state == "waiting", _D.due_at <= now)
            .order_by(_D.event_at, _D.message_id, _D.subscription_id)
            .limit(most)
        )
        with self._database.transaction() as connection:
            found = connection.execute(wanted).mappings().all()
            ids = {row["subscription_id"] for row in found}
            of_these = select(webhook_subscriptions).where(_S.id.in_(sorted(ids)))
            known = {row["id"]: _subscription(row) for row in connection.execute(of_these).mappings()}
        return [
            _delivery(row, known[row["subscription_id"]]) for row in found if row["subscription_id"] in known
        ]

    def claim(self, delivery: Delivery, until: datetime) -> bool:
        """Whether this attempt is ours: it waits still, and nobody began it since it was read."""
        mine = and_(_this(delivery), _D.state == "waiting", _D.due_at == delivery.due_at)
        with self._database.transaction() as connection:
            return (
                connection.execute(update(webhook_deliveries).where(mine).values(due_at=until)).rowcount > 0
            )

    def delivered(self, delivery: Delivery, at: datetime) -> None:
        """It was taken, and its subscription is well."""
        well = {"delivered_at": at, "failing_since": None, "failures": 0, "failure": None}
        with self._database.transaction() as connection:
            done = {"state": "delivered", "attempts": delivery.attempts + 1}
            connection.execute(update(webhook_deliveries).where(_this(delivery)).values(**done))
            of_it = _S.id == delivery.subscription.id
            connection.execute(update(webhook_subscriptions).where(of_it).values(**well))

    def give_up(self, delivery: Delivery) -> None:
        """It is not tried again."""
        with self._database.transaction() as connection:
            connection.execute(update(webhook_deliveries).where(_this(delivery)).values(state="given_up"))

    def failed(self, delivery: Delivery, at: datetime, reason: str, again_at: datetime) -> None:
        """It was not taken at ``at``; it is tried again at ``again_at``."""
        after = {"attempts": delivery.attempts + 1, "due_at": again_at}
        with self._database.transaction() as connection:
            connection.execute(update(webhook_deliveries).where(_this(delivery)).values(**after))
            noted = {
                "failing_since": func.coalesce(_S.failing_since, _instant(at)),
                "failures": _S.failures + 1,
                "failure": reason[:LONGEST_FAILURE],
            }
            of_it = _S.id == delivery.subscription.id
            connection.execute(update(webhook_subscriptions).where(of_it).values(**noted))

    def switch_off(self, subscription_id: str, at: datetime, reason: str) -> None:
        """Nothing more is sent there; what waited for it is given up."""
        off = {"disabled_at": at, "failure": reason[:LONGEST_FAILURE]}
        waiting = and_(_D.subscription_id == subscription_id, _D.state == "waiting")
        with self._database.transaction() as connection:
            connection.execute(update(webhook_subscriptions).where(_S.id == subscription_id).values(**off))
            connection.execute(update(webhook_deliveries).where(waiting).values(state="given_up"))

    def forget(self, before: datetime) -> int:
        """How many messages about events of before ``before`` are gone."""
        with self._database.transaction() as connection:
            return connection.execute(delete(webhook_deliveries).where(_D.event_at < before)).rowcount


def _this(delivery: Delivery) -> Any:
    return and_(_D.subscription_id == delivery.subscription.id, _D.message_id == delivery.message_id)


def _instant(at: datetime) -> Any:
    return bindparam("failing_at", at, type_=webhook_subscriptions.c.failing_since.type)


def _waiting(message: WebhookMessage, subscription_id: str) -> dict[str, Any]:
    return {
        "subscription_id": subscription_id,
        "message_id": message.id,
        "type": message.type,
        "body": message.body,
        "event_at": message.event_at,
        "attempts": 0,
        "state": "waiting",
        "due_at": message.event_at,
    }


def _subscription(row: Mapping[Any, Any]) -> WebhookSubscription:
    return WebhookSubscription(**{**row, "types": tuple(row["types"])})


def _delivery(row: Mapping[Any, Any], subscription: WebhookSubscription) -> Delivery:
    own = ("message_id", "type", "body", "event_at", "due_at", "attempts")
    return Delivery(subscription=subscription, **{name: row[name] for name in own})

"""Messages that wait for subscriptions, in two tables: of webhooks, and of push messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Protocol

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, func, select, true, update

from sabiscore.events.deliveries import Delivery, S
from sabiscore.store.session import Database

LONGEST_FAILURE = 300
"""Characters of a reason that are kept."""


class Message(Protocol):
    """What is to be sent: ``id`` is the same for every attempt and every subscriber."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def event_at(self) -> datetime: ...
    @property
    def body(self) -> str: ...


class SqlDeliveryQueue(Generic[S]):
    """What waits in the table ``deliveries`` for those in ``subscriptions`` that fulfil ``is_on``.

    ``subscription_of`` reads a row of ``subscriptions``.
    """

    def __init__(
        self,
        database: Database,
        *,
        subscriptions: Table,
        deliveries: Table,
        subscription_of: Callable[[Mapping[Any, Any]], S],
        is_on: ColumnElement[bool] | None = None,
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._subscription_of = subscription_of
        self._is_on = is_on if is_on is not None else true()

    def due(self, now: datetime, most: int) -> list[Delivery[S]]:
        """The messages to be tried now, the oldest event first."""
        wanted = (
            select(self._deliveries)
            .join(self._subscriptions, self._subscriptions.c.id == self._deliveries.c.subscription_id)
            .where(self._is_on, self._deliveries.c.state == "waiting", self._deliveries.c.due_at <= now)
            .order_by(
                self._deliveries.c.event_at, self._deliveries.c.message_id, self._deliveries.c.subscription_id
            )
            .limit(most)
        )
        with self._database.transaction() as connection:
            found = connection.execute(wanted).mappings().all()
            ids = {row["subscription_id"] for row in found}
            of_these = select(self._subscriptions).where(self._subscriptions.c.id.in_(sorted(ids)))
            known = {row["id"]: self._subscription_of(row) for row in connection.execute(of_these).mappings()}
        return [
            self._delivery(row, known[row["subscription_id"]])
            for row in found
            if row["subscription_id"] in known
        ]

    def claim(self, delivery: Delivery[S], until: datetime) -> bool:
        """Whether this attempt is ours: it waits still, and nobody began it since it was read."""
        mine = and_(
            self._this(delivery),
            self._deliveries.c.state == "waiting",
            self._deliveries.c.due_at == delivery.due_at,
        )
        with self._database.transaction() as connection:
            return connection.execute(update(self._deliveries).where(mine).values(due_at=until)).rowcount > 0

    def delivered(self, delivery: Delivery[S], at: datetime) -> None:
        """It was taken, and its subscription is well."""
        well = {"delivered_at": at, "failing_since": None, "failures": 0, "failure": None}
        with self._database.transaction() as connection:
            done = {"state": "delivered", "attempts": delivery.attempts + 1}
            connection.execute(update(self._deliveries).where(self._this(delivery)).values(**done))
            of_it = self._subscriptions.c.id == delivery.subscription.id
            connection.execute(update(self._subscriptions).where(of_it).values(**well))

    def give_up(self, delivery: Delivery[S]) -> None:
        """It is not tried again."""
        with self._database.transaction() as connection:
            connection.execute(update(self._deliveries).where(self._this(delivery)).values(state="given_up"))

    def failed(self, delivery: Delivery[S], at: datetime, reason: str, again_at: datetime) -> None:
        """It was not taken at ``at``; it is tried again at ``again_at``."""
        after = {"attempts": delivery.attempts + 1, "due_at": again_at}
        with self._database.transaction() as connection:
            connection.execute(update(self._deliveries).where(self._this(delivery)).values(**after))
            noted = {
                "failing_since": func.coalesce(self._subscriptions.c.failing_since, self._instant(at)),
                "failures": self._subscriptions.c.failures + 1,
                "failure": reason[:LONGEST_FAILURE],
            }
            of_it = self._subscriptions.c.id == delivery.subscription.id
            connection.execute(update(self._subscriptions).where(of_it).values(**noted))

    def forget(self, before: datetime) -> int:
        """How many messages about events of before ``before`` are gone."""
        with self._database.transaction() as connection:
            return connection.execute(
                delete(self._deliveries).where(self._deliveries.c.event_at < before)
            ).rowcount

    def _this(self, delivery: Delivery[S]) -> ColumnElement[bool]:
        of_it = self._deliveries.c.subscription_id == delivery.subscription.id
        return and_(of_it, self._deliveries.c.message_id == delivery.message_id)

    def _instant(self, at: datetime) -> Any:
        return bindparam("failing_at", at, type_=self._subscriptions.c.failing_since.type)

    def _delivery(self, row: Mapping[Any, Any], subscription: S) -> Delivery[S]:
        own = ("message_id", "type", "body", "event_at", "due_at", "attempts")
        return Delivery(subscription=subscription, **{name: row[name] for name in own})


def waiting(message: Message, subscription_id: str) -> dict[str, Any]:
    """The row of a message that waits for a subscription and was not tried yet."""
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

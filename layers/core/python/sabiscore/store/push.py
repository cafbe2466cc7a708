"""Subscriptions to push messages, and the messages that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from sabiscore.errors import Overloaded
from sabiscore.events.push import MOST_A_DAY, KickOff, MatchTeams, PushMessage, PushSubscription
from sabiscore.store.delivery_queue import SqlDeliveryQueue, waiting
from sabiscore.store.push_tables import push_deliveries, push_subscriptions, push_topics
from sabiscore.store.schedule_tables import observations
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into, parts

MOST_SUBSCRIPTIONS = 20_000
DAY = timedelta(days=1)

_S, _T, _D, _O = push_subscriptions.c, push_topics.c, push_deliveries.c, observations.c


class SqlPushStore(SqlDeliveryQueue[PushSubscription]):
    """The tables of push messages."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            subscriptions=push_subscriptions,
            deliveries=push_deliveries,
            subscription_of=_subscription,
        )

    def save(self, subscription: PushSubscription) -> bool:
        """Whether it is new; it is kept with its topics, in place of what was kept under its id.

        Where all places are taken, the one that fails for longest makes room. Raises Overloaded else.
        """
        with self._database.transaction() as connection:
            is_new = not _forget(connection, subscription.id, with_messages=False)
            count = connection.scalar(select(func.count()).select_from(push_subscriptions)) or 0
            if count >= MOST_SUBSCRIPTIONS and not _forget_the_longest_failing(connection):
                raise Overloaded(f"There are {count:,} push subscriptions already.", hint="Try again later.")
            own = {name: getattr(subscription, name) for name in subscription.__slots__ if name != "topics"}
            connection.execute(insert(push_subscriptions).values(**own))
            rows = [{"subscription_id": subscription.id, "topic": topic} for topic in subscription.topics]
            connection.execute(insert(push_topics), rows)
        return is_new

    def enqueue_for(self, subscription_id: str, message: PushMessage) -> None:
        """``message`` waits for that subscription, whatever its topics."""
        with self._database.transaction() as connection:
            put = insert_into(push_deliveries, connection.dialect.name).on_conflict_do_nothing()
            connection.execute(put, [waiting(message, subscription_id)])

    def remove(self, subscription_id: str) -> bool:
        """Whether there was one; it is gone, with all that waited for it."""
        with self._database.transaction() as connection:
            return _forget(connection, subscription_id, with_messages=True)

    def switch_off(self, subscription_id: str, at: datetime, reason: str) -> None:  # noqa: ARG002 - of the queue
        """It is removed: a browser that still wants messages subscribes anew."""
        self.remove(subscription_id)

    def counts(self) -> dict[str, int]:
        """How many subscriptions there are, how many of them fail, and how many messages wait."""
        failing = select(func.count()).where(_S.failing_since.is_not(None))
        with self._database.transaction() as connection:
            every = connection.scalar(select(func.count()).select_from(push_subscriptions))
            waits = connection.scalar(select(func.count()).where(_D.state == "waiting"))
            return {
                "subscriptions": every or 0,
                "failing": connection.scalar(failing) or 0,
                "waiting": waits or 0,
            }

    def enqueue(self, messages: Sequence[PushMessage]) -> None:
        """Each waits once for each subscription to one of its topics that had few enough within a day."""
        with self._database.transaction() as connection:
            for message in messages:
                put = insert_into(push_deliveries, connection.dialect.name).on_conflict_do_nothing()
                for part in parts(_subscribed(connection, message)):
                    connection.execute(put, [waiting(message, name) for name in part])

    def teams_of(self, match_ids: Iterable[str]) -> Mapping[str, MatchTeams]:
        """The teams of those matches that a source has reported."""
        found: dict[str, MatchTeams] = {}
        with self._database.transaction() as connection:
            for part in parts(sorted(set(match_ids))):
                wanted = select(_O.match_id, _O.home, _O.away).where(_O.match_id.in_(part)).distinct()
                rows = connection.execute(wanted)
                found |= {row.match_id: MatchTeams(row.home, row.away) for row in rows}
        return found

    def kicked_off(self, since: datetime) -> Sequence[KickOff]:
        """The matches that kicked off after ``since``, as the source says that first had them in play."""
        earlier = observations.alias()
        known = select(earlier.c.match_id).where(
            earlier.c.match_id == _O.match_id, earlier.c.status == "in_play", earlier.c.known_at <= since
        )
        wanted = (
            select(_O.match_id, _O.home, _O.away, _O.known_at, _O.kickoff_at)
            .where(_O.known_at > since, _O.status == "in_play", ~known.exists())
            .order_by(_O.known_at)
        )
        first: dict[str, KickOff] = {}
        with self._database.transaction() as connection:
            for row in connection.execute(wanted):
                at = row.kickoff_at or row.known_at
                first.setdefault(row.match_id, KickOff(row.match_id, MatchTeams(row.home, row.away), at))
        return [each for each in first.values() if each.at > since]


def _subscribed(connection: Connection, message: PushMessage) -> list[str]:
    """Who is to get ``message``."""
    sated = (
        select(_D.subscription_id)
        .where(_D.event_at > message.event_at - DAY)
        .group_by(_D.subscription_id)
        .having(func.count() >= MOST_A_DAY)
    )
    wanted = select(_T.subscription_id).where(_T.topic.in_(message.topics), _T.subscription_id.not_in(sated))
    return list(connection.scalars(wanted.distinct()))


def _forget_the_longest_failing(connection: Connection) -> bool:
    failing = select(_S.id).where(_S.failing_since.is_not(None)).order_by(_S.failing_since).limit(1)
    found = connection.scalar(failing)
    return found is not None and _forget(connection, found, with_messages=True)


def _forget(connection: Connection, subscription_id: str, *, with_messages: bool) -> bool:
    connection.execute(delete(push_topics).where(_T.subscription_id == subscription_id))
    if with_messages:
        connection.execute(delete(push_deliveries).where(_D.subscription_id == subscription_id))
    return connection.execute(delete(push_subscriptions).where(_S.id == subscription_id)).rowcount > 0


def _subscription(row: Mapping[Any, Any]) -> PushSubscription:
    """``row`` without its topics, which sending does not need."""
    return PushSubscription(**row, topics=())

"""The log of events: each stored in the transaction of its cause, and sent from here until it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from sabiscore.events.event import Event, decode, encode
from sabiscore.events.stored_event import StoredEvent
from sabiscore.store.event_tables import events
from sabiscore.store.session import Database
from sabiscore.store.sql import VALUES_A_STATEMENT, insert_into, parts

_OF_MATCHES = select(events.c.seq, events.c.body).where(
    events.c.match_id.in_(bindparam("ids", expanding=True)),
    events.c.kind.in_(bindparam("kinds", expanding=True)),
)
_UNSENT = (
    select(events)
    .where(events.c.published_at.is_(None), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)
_SENT = (
    update(events)
    .where(events.c.seq.in_(bindparam("numbers", expanding=True)), events.c.published_at.is_(None))
    .values(published_at=bindparam("now"))
)


def record(connection: Connection, happened: Iterable[Event]) -> None:
    """Puts what happened on the log, in the transaction of its cause; what is there already stays."""
    rows = [_row(event) for event in happened]
    put = insert_into(events, connection.dialect.name).on_conflict_do_nothing()
    for part in parts(rows):
        connection.execute(put, list(part))


def newest(connection: Connection, kinds: Sequence[str], match_ids: Iterable[str]) -> list[Event]:
    """The events of ``kinds`` of those matches, the oldest first."""
    found: list[Any] = []
    for part in parts(sorted(set(match_ids))):
        found += connection.execute(_OF_MATCHES, {"ids": part, "kinds": list(kinds)}).all()
    return [decode(row.body) for row in sorted(found, key=lambda row: row.seq)]


class EventLog:
    """The table of events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unsent(self, after: int = 0, most: int = VALUES_A_STATEMENT) -> list[StoredEvent]:
        """The oldest that were not sent, of those behind number ``after``."""
        return self._read(_UNSENT, {"after": after, "most": most})

    def unsent_count(self) -> int:
        """How many were not sent."""
        waiting = select(func.count()).select_from(events).where(events.c.published_at.is_(None))
        with self._database.transaction() as connection:
            return int(connection.scalar(waiting) or 0)

    def sent(self, numbers: Iterable[int], at: datetime) -> None:
        """Notes that those events were sent; one that was keeps its time."""
        with self._database.transaction() as connection:
            for part in parts(sorted(numbers)):
                connection.execute(_SENT, {"numbers": part, "now": at})

    def recent(self, most: int, kind: str | None = None, match_id: str | None = None) -> list[StoredEvent]:
        """The newest ``most``, the newest last."""
        wanted = select(events).order_by(events.c.seq.desc()).limit(most)
        if kind is not None:
            wanted = wanted.where(events.c.kind == kind)
        if match_id is not None:
            wanted = wanted.where(events.c.match_id == match_id)
        return self._read(wanted)[::-1]

    def forget(self, before: datetime) -> int:
        """How many that were sent before ``before`` are gone from here."""
        with self._database.transaction() as connection:
            return connection.execute(delete(events).where(events.c.published_at < before)).rowcount

    def _read(self, wanted: Select[Any], given: Mapping[str, Any] | None = None) -> list[StoredEvent]:
        with self._database.transaction() as connection:
            rows = connection.execute(wanted, given).all()
        return [StoredEvent(**row._mapping) for row in rows]


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind,
        "match_id": event.match_id,
        "at": event.at,
        "body": encode(event),
    }

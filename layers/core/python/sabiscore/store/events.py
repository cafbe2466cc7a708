"""The log of events: each stored in the transaction of its cause, and sent from here until it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sabiscore.events.event import Event, decode, encode
from sabiscore.events.stream import Kept
from sabiscore.store.event_tables import events
from sabiscore.store.session import Database

PART = 500
"""Rows or ids in one statement: SQLite takes at most 32,766 values."""


def record(connection: Connection, happened: Iterable[Event]) -> None:
    """Puts what happened on the log, in the transaction of its cause; what is there already stays."""
    rows = [_row(one) for one in happened]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for part in _parts(rows):
        connection.execute(dialect.insert(events).on_conflict_do_nothing(), list(part))


def newest(connection: Connection, kinds: Sequence[str], match_ids: Iterable[str]) -> list[Event]:
    """The events of ``kinds`` of those matches, the oldest first."""
    found: list[Any] = []
    for part in _parts(sorted(set(match_ids))):
        of_them = select(events.c.seq, events.c.body).where(
            events.c.match_id.in_(part), events.c.kind.in_(kinds)
        )
        found += connection.execute(of_them).all()
    return [decode(row.body) for row in sorted(found, key=lambda row: row.seq)]


class EventLog:
    """The table of events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unsent(self, after: int = 0, most: int = PART) -> list[Kept]:
        """The oldest that were not sent, of those behind number ``after``."""
        waiting = select(events).where(events.c.published_at.is_(None), events.c.seq > after)
        return self._read(waiting.order_by(events.c.seq).limit(most))

    def unsent_count(self) -> int:
        """How many were not sent."""
        waiting = select(func.count()).select_from(events).where(events.c.published_at.is_(None))
        with self._database.transaction() as connection:
            return int(connection.scalar(waiting) or 0)

    def sent(self, numbers: Iterable[int], at: datetime) -> None:
        """Notes that those events were sent; one that was keeps its time."""
        with self._database.transaction() as connection:
            for part in _parts(sorted(numbers)):
                mine = update(events).where(events.c.seq.in_(part), events.c.published_at.is_(None))
                connection.execute(mine.values(published_at=at))

    def recent(self, most: int, kind: str | None = None, match_id: str | None = None) -> list[Kept]:
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

    def _read(self, wanted: Any) -> list[Kept]:
        with self._database.transaction() as connection:
            rows = connection.execute(wanted).all()
        return [Kept(*row) for row in rows]


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind,
        "match_id": event.match_id,
        "at": event.at,
        "body": encode(event),
    }


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(items), PART):
        yield items[begin : begin + PART]

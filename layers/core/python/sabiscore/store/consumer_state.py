"""What consumers of events have done, each effect once for the fleet, and what they could not believe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from sabiscore.events.consume import Turn
from sabiscore.events.event import Event
from sabiscore.store.event_tables import dead_letters, event_effects
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into

BEGUN_FOR = timedelta(minutes=2)
"""Whoever began an effect and has not ended it after so long was killed: another may begin it."""
LONGEST_LETTER, LONGEST_REASON = 2_000, 500
"""Letters."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What was set aside, and why; ``consumer`` is empty where nobody could read it."""

    id: str
    consumer: str
    reason: str
    body: str
    at: datetime


class SqlConsumerState:
    """The tables of effects and of what was set aside."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, consumer: str, events: Sequence[Event], now: datetime, *, keeps_order: bool
    ) -> dict[str, Turn]:
        """By id, what each is to ``consumer``: its own to do now, or done, busy or overtaken."""
        found: dict[str, Turn] = {}
        with self._database.transaction() as connection:
            # The oldest first, so that none of these overtakes another; all in one order, so that no two
            # transactions wait for each other.
            for event in sorted(events, key=lambda event: (event.at, event.id)):
                if keeps_order and _is_overtaken(connection, consumer, event):
                    found[event.id] = "overtaken"
                else:
                    found[event.id] = _claim(connection, consumer, event, now)
        return found

    def finish(self, consumer: str, ids: Sequence[str]) -> None:
        """Those were done."""
        if not ids:
            return
        mine = and_(event_effects.c.consumer == consumer, event_effects.c.event_id.in_(ids))
        with self._database.transaction() as connection:
            connection.execute(update(event_effects).where(mine).values(state="done"))

    def release(self, consumer: str, ids: Sequence[str]) -> None:
        """Those were not done: they may be begun again at once."""
        if not ids:
            return
        mine = and_(event_effects.c.consumer == consumer, event_effects.c.event_id.in_(ids))
        with self._database.transaction() as connection:
            connection.execute(delete(event_effects).where(mine, event_effects.c.state == "begun"))

    def set_aside(self, consumer: str, text: str, reason: str, now: datetime) -> None:
        """Keeps the beginning of ``text`` with its reason; the same from the same consumer is kept once."""
        kept, why = _printable(text[:LONGEST_LETTER]), _printable(reason[:LONGEST_REASON])
        identity = sha256(f"{consumer}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
        letter = {"id": identity, "consumer": consumer, "reason": why, "body": kept, "at": now}
        with self._database.transaction() as connection:
            put = insert_into(dead_letters, connection.dialect.name).on_conflict_do_nothing()
            connection.execute(put, letter)

    def letters(self, most: int) -> list[DeadLetter]:
        """What was set aside last, the newest last."""
        newest = select(dead_letters).order_by(dead_letters.c.at.desc(), dead_letters.c.id).limit(most)
        with self._database.transaction() as connection:
            rows = connection.execute(newest).all()
        return [DeadLetter(*row) for row in rows][::-1]

    def letters_count(self) -> int:
        """How many are set aside."""
        with self._database.transaction() as connection:
            return int(connection.scalar(select(func.count()).select_from(dead_letters)) or 0)

    def forget(self, before: datetime) -> int:
        """How many effects and letters of before ``before`` are gone."""
        with self._database.transaction() as connection:
            gone = connection.execute(delete(event_effects).where(event_effects.c.at < before)).rowcount
            return gone + connection.execute(delete(dead_letters).where(dead_letters.c.at < before)).rowcount


def _printable(text: str) -> str:
    r"""``text`` as any terminal may show it and any database takes it: no control, NUL or half a letter.

    >>> _printable("\x1b[2Ja\x00b") == "\ufffd[2Ja\ufffdb"
    True
    """
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _is_overtaken(connection: Connection, consumer: str, event: Event) -> bool:
    newer = select(event_effects.c.event_id).where(
        event_effects.c.consumer == consumer,
        event_effects.c.topic == event.topic,
        event_effects.c.event_at > event.at,
        event_effects.c.event_id != event.id,
    )
    return connection.execute(newer.limit(1)).first() is not None


def _claim(connection: Connection, consumer: str, event: Event, now: datetime) -> Turn:
    t = event_effects
    row = {
        "consumer": consumer,
        "event_id": event.id,
        "topic": event.topic,
        "event_at": event.at,
        "state": "begun",
        "at": now,
    }
    left = or_(t.c.at <= now - BEGUN_FOR, t.c.at > now + BEGUN_FOR)
    put = insert_into(t, connection.dialect.name).values(row)
    claimed = put.on_conflict_do_update(
        index_elements=["consumer", "event_id"],
        set_={"at": now},
        where=and_(t.c.state == "begun", left),
    )
    if connection.execute(claimed.returning(t.c.event_id)).first() is not None:
        return "mine"
    mine = and_(t.c.consumer == consumer, t.c.event_id == event.id)
    return "done" if connection.scalar(select(t.c.state).where(mine)) == "done" else "busy"

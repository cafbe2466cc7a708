"""The newest prices of matches as they were read last, for as long as nobody has added or removed any.

A fact of the store says which prices it holds: a name that changes with every change of them, behind the
second by which all of them were quoted and fetched. Asked for that second or a later one, what is newest
does not depend on when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, select, update

from sabiscore.store import statements
from sabiscore.store.schedule_tables import odds_snapshots
from sabiscore.store.tables import meta

FACT = "prices"
NAME_LETTERS = 24

Newest = dict[str, tuple[Any, ...]]
"""By match, its newest prices; an empty tuple where it is known that there are none."""

_HELD = select(meta.c.value).where(meta.c.name == FACT)
_CHANGED = (
    update(meta).where(meta.c.name == FACT, meta.c.value == bindparam("old")).values(value=bindparam("new"))
)


class NewestPrices:
    """What one process has read of the newest prices, given again while the store holds the same."""

    def __init__(self) -> None:
        self._held: str | None = None
        self._kept: Newest = {}

    def at(self, connection: Connection, at: datetime) -> Newest:
        """What is known already of the newest prices by ``at``, to be added to; read it before the rows."""
        held = connection.scalar(_HELD)
        if held is None or at.timestamp() < _second(held):
            return {}
        if held != self._held:
            self._held, self._kept = held, {}
        return self._kept

    def changed(self, connection: Connection, times: Iterable[datetime]) -> str | None:
        """The fact as it is now that prices of ``times`` came or went; None where others changed some too.

        To be called in the transaction of the change, and ``carry`` once that is committed.
        """
        held = self._held
        if held is not None:
            new = _fact(_second(held), times)
            if connection.execute(_CHANGED, {"old": held, "new": new}).rowcount == 1:
                return new
        known = connection.scalar(_HELD)
        last = _last(connection) if known is None else _second(known)
        statements.put(connection, FACT, _fact(last, times))
        return None

    def carry(self, held: str | None, without: Iterable[str]) -> None:
        """Goes on with all that is known but the prices of the matches ``without``, which changed."""
        if held is None:
            self.forget()
            return
        gone = set(without)
        # Another dictionary: who is reading now goes on to add to the old one.
        self._held, self._kept = held, {key: of for key, of in self._kept.items() if key not in gone}

    def forget(self) -> None:
        """Nothing is known any more."""
        self._held, self._kept = None, {}


def prices_held(connection: Connection) -> str | None:
    """The fact: another text whenever a price came or went; None in a store of an older build."""
    return connection.scalar(_HELD)


def _fact(second: int, times: Iterable[datetime]) -> str:
    last = max((int(at.timestamp()) + 1 for at in times), default=second)
    return f"{max(second, last)}:{uuid4().hex[:NAME_LETTERS]}"


def _second(fact: str) -> int:
    return int(fact.split(":", 1)[0])


def _last(connection: Connection) -> int:
    """The second by which all prices of a store without the fact were quoted and fetched."""
    newest = select(func.max(odds_snapshots.c.quoted_at), func.max(odds_snapshots.c.fetched_at))
    return max((int(at.timestamp()) + 1 for at in connection.execute(newest).one() if at), default=0)

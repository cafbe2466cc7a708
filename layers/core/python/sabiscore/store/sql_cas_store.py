"""Small texts changed by compare-and-swap, in a table of the store: what quotas and breakers are kept in."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into
from sabiscore.store.tables import registers

_READ = select(registers.c.value).where(registers.c.name == bindparam("key"))
_SWAP = (
    update(registers)
    .where(registers.c.name == bindparam("key"), registers.c.value == bindparam("old"))
    .values(value=bindparam("new"))
)


class SqlCasStore:
    """The texts in the table ``registers``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, name: str) -> str | None:
        """The text kept under ``name``; None when there is none. Raises StoreUnavailable."""
        with self._database.transaction() as connection:
            return connection.scalar(_READ, {"key": name})

    def swap(self, name: str, old: str | None, new: str) -> bool:
        """Put ``new`` in the place of ``old``; False when that is gone. Raises StoreUnavailable."""
        with self._database.transaction() as connection:
            if old is not None:
                return connection.execute(_SWAP, {"key": name, "old": old, "new": new}).rowcount == 1
            put = (
                insert_into(registers, connection.dialect.name)
                .values(name=name, value=new)
                .on_conflict_do_nothing()
            )
            # psycopg counts no rows here, so the row itself tells that it went in.
            return connection.execute(put.returning(registers.c.name)).scalar() is not None

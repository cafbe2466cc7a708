"""Small texts changed by compare-and-swap, in a table of the store: what quotas and breakers are kept in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sabiscore.store.connection import clear_errors
from sabiscore.store.statements import create_if_missing
from sabiscore.store.tables import registers


class SqlRegister:
    """The texts in the table ``registers``, which is made when a store from before it has none."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._made = False

    def read(self, name: str) -> str | None:
        """The text kept under ``name``; None when there is none. Raises StoreUnavailable."""
        with self._transaction() as connection:
            return connection.scalar(select(registers.c.value).where(registers.c.name == name))

    def swap(self, name: str, old: str | None, new: str) -> bool:
        """Put ``new`` in the place of ``old``; False when that is gone. Raises StoreUnavailable."""
        with self._transaction() as connection:
            if old is not None:
                held = (registers.c.name == name) & (registers.c.value == old)
                return connection.execute(update(registers).where(held).values(value=new)).rowcount == 1
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            put = dialect.insert(registers).values(name=name, value=new).on_conflict_do_nothing()
            # psycopg counts no rows here, so the row itself tells that it went in.
            return connection.execute(put.returning(registers.c.name)).scalar() is not None

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with clear_errors(), self._engine.begin() as connection:
            if not self._made:
                create_if_missing(connection, registers)
                self._made = True
            yield connection

"""One connection to the database of a store, with deadlines, and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import stamina
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from sabiscore.store.connection import clear_errors, connect
from sabiscore.store.upgrade import upgrade

RECOVER_S = 10.0
"""How long a connection is tried for: a server that restarts, or has no connection left, is back by then."""


class Database:
    """The database of one store, brought to the tables that this code reads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with self.transaction() as connection:
            upgrade(connection)

    @classmethod
    def open(cls, url: str) -> Self:
        """The database at ``url``. Raises BadSetting, BadStore or StoreUnavailable."""
        engine = connect(url)
        try:
            return cls(engine)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        """Gives the connection back; the database must not be used again."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All that is done inside, or nothing. Raises StoreUnavailable or BadStore."""
        with clear_errors():
            connection = self._connected()
            with connection, connection.begin():
                yield connection

    def _connected(self) -> Connection:
        """A connection. Only getting one is tried again: what was begun on it may have had its effect."""
        for attempt in stamina.retry_context(
            on=OperationalError, attempts=None, timeout=RECOVER_S, wait_initial=0.05, wait_max=0.5
        ):
            with attempt:
                return self._engine.connect()
        raise AssertionError("stamina returns or raises")

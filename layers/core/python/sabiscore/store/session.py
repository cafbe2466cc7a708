"""The database of a store, and its transactions, each over a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import stamina
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from sabiscore.errors import NothingStored
from sabiscore.store.connection import FILL, clear_errors, connect, disk_error_of, require_file
from sabiscore.store.upgrade import is_new, upgrade

RECOVER_S = 10.0
"""How long a connection is tried for: a server that restarts, or has no connection left, is back by then."""
AT_ONCE_S = 0.001
"""For those who would rather hear at once that the store is away."""


class Database:
    """The database at ``url``, brought to the tables that this code reads by the first transaction.

    ``make`` is False for those who only read: they make neither a file nor tables. Raises BadSetting for a
    URL that is no database's, NothingStored where there is none that may be read.
    """

    def __init__(self, url: str, *, recover_s: float = RECOVER_S, make: bool = True) -> None:
        if not make:
            require_file(url)
        self._engine = connect(url)
        self._recover_s = recover_s
        self._make = make
        self._upgraded = False

    def close(self) -> None:
        """Gives the connection back; the database must not be used again."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All that is done inside, or nothing. Raises StoreUnavailable, DiskUnavailable,
        BadStore or NothingStored."""
        with clear_errors(self._engine.url):
            if not self._upgraded:
                with self._connected() as connection, connection.begin():
                    if not self._make and is_new(connection):
                        raise NothingStored("The store has no tables yet.", hint=FILL)
                    upgrade(connection)
                self._upgraded = True
            with self._connected() as connection, connection.begin():
                yield connection

    def _connected(self) -> Connection:
        """A connection. Only getting one is tried again: what was begun on it may have had its effect."""
        try:
            return self._engine.connect()
        except OperationalError as error:
            if disk_error_of(error, self._engine.url) is not None:
                raise  # a disk does not come back by itself, as a server does
            return self._connected_again()

    def _connected_again(self) -> Connection:
        for attempt in stamina.retry_context(
            on=OperationalError,
            attempts=None,
            timeout=self._recover_s,
            wait_initial=0.05,
            wait_max=0.4,
            wait_jitter=0.2,
        ):
            with attempt:
                return self._engine.connect()
        raise AssertionError("stamina returns or raises")

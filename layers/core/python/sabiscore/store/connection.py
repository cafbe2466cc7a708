"""Engines for SQLite and PostgreSQL, and database errors as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from sabiscore.errors import BadSetting, BadStore, NothingStored, StoreUnavailable

LOCK_WAIT_S = 30
"""How long a writer waits for another writer before it gives up."""
STORE_CONNECT_S = 5
FILL = "Fill it with: sabiscore run, or sabiscore ingest --data DIR"


def connect(url: str) -> Engine:
    """An engine for ``url``; a SQLite file's folder is made on demand.

    Raises BadSetting for a URL that is neither SQLite nor PostgreSQL.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,  # there are more instances than connections: none is held between two uses
            connect_args={"connect_timeout": STORE_CONNECT_S},
        )
    if parsed.get_backend_name() != "sqlite":
        raise BadSetting("DATABASE_URL is neither SQLite nor PostgreSQL.", hint="Use one of the two.")
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": LOCK_WAIT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def require_file(url: str) -> None:
    """Raises NothingStored where ``url`` names a SQLite file that is missing, BadSetting like ``connect``."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return
    if not Path(parsed.database).exists():
        raise NothingStored(f"There is no store at {parsed.database} yet.", hint=FILL)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise BadSetting(
            "DATABASE_URL cannot be read.", hint="It looks like sqlite:///file.db or postgresql://…"
        ) from error


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turns database errors into StoreUnavailable or BadStore; the message holds no password."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no reason given"
        if "not a database" in reason or "malformed" in reason:
            raise BadStore(
                f"The store's file is no database of ours: {reason}.",
                hint="Move it away and ingest the season files again; they are the truth.",
            ) from error
        raise StoreUnavailable(
            f"The store cannot be used: {reason}",
            hint="Check DATABASE_URL, that the server is up, and that its folder can be written to.",
        ) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"The store's folder cannot be made: {error}", hint="Set SABISCORE_HOME to a folder of yours."
        ) from error


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers go on while one writes
    cursor.execute("PRAGMA synchronous=NORMAL")  # in WAL mode this loses no consistency
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()

"""Engines for SQLite and PostgreSQL, and database errors as errors of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from sabiscore.errors import BadSetting, BadStore, DiskUnavailable, NothingStored, StoreUnavailable
from sabiscore.files import broken, denied, disk_errors, full_disk

LOCK_WAIT_S = 30
"""How long a writer waits for another writer before it gives up."""
STORE_CONNECT_S = 5
TIME_LIMITS_S: Mapping[str, int] = {
    "statement_timeout": 60,
    "lock_timeout": LOCK_WAIT_S,
    "idle_in_transaction_session_timeout": 60,
}
"""Settings of PostgreSQL for every transaction, in seconds; the query of DATABASE_URL may name others."""
_EXCEEDED = {
    "57014": ("statement_timeout", "A statement took longer than statement_timeout allows"),
    "55P03": ("lock_timeout", "Another session held a lock for longer than lock_timeout allows"),
    "25P03": ("idle_in_transaction_session_timeout", "A transaction was idle for longer than is allowed"),
}
"""SQLSTATE → the setting that was exceeded, and what that means."""
FILL = "Fill it with: sabiscore run, or sabiscore ingest --data DIR"


def connect(url: str) -> Engine:
    """An engine for ``url``; a SQLite file's folder is made on demand.

    Raises BadSetting for a URL that is neither SQLite nor PostgreSQL.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed)
    if parsed.get_backend_name() != "sqlite":
        raise BadSetting("DATABASE_URL is neither SQLite nor PostgreSQL.", hint="Use one of the two.")
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": LOCK_WAIT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _postgresql(url: URL) -> Engine:
    """An engine whose every transaction is held to the limits of ``url``, also behind a transaction pooler.

    A pooler hands a server's session to another client after each transaction, so nothing may stay in it: no
    prepared statement, and no setting beyond the transaction.
    """
    limits = time_limits(url)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(TIME_LIMITS_S),
        poolclass=NullPool,  # there are more instances than connections: none is held between two uses
        connect_args={
            "connect_timeout": STORE_CONNECT_S,
            "tcp_user_timeout": 1000 * LOCK_WAIT_S,  # a server that vanished acknowledges nothing
            "prepare_threshold": None,
        },
    )
    statement = select(
        *(func.set_config(name, f"{seconds * 1000}", True) for name, seconds in limits.items())
    )
    event.listen(engine, "begin", lambda connection: connection.execute(statement))
    return engine


def time_limits(url: URL) -> dict[str, int]:
    """PostgreSQL's setting → seconds, as the query of ``url`` says or by default; 0 is no limit.

    Raises BadSetting for what is no number of seconds.
    """
    found = {}
    for name, seconds in TIME_LIMITS_S.items():
        text = url.query.get(name, str(seconds))
        if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,5}", text):
            raise BadSetting(
                f"{name} in DATABASE_URL is no number of seconds.", hint=f"Write it like ?{name}={seconds}."
            )
        found[name] = int(text)
    return found


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
def clear_errors(url: URL) -> Iterator[None]:
    """Turns errors of the database at ``url`` into StoreUnavailable, DiskUnavailable or BadStore.

    No message holds a password.
    """
    try:
        yield
    except DBAPIError as error:
        exceeded = _EXCEEDED.get(getattr(error.orig, "sqlstate", None) or "")
        if exceeded is not None:
            name, sentence = exceeded
            raise StoreUnavailable(
                f"{sentence}, so it was given up.",
                hint=f"pg_stat_activity shows who holds what. Another limit: DATABASE_URL=…?{name}=SECONDS",
            ) from error
        disk = disk_error_of(error, url)
        if disk is not None:
            raise disk from error
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


def disk_error_of(error: DBAPIError, url: URL) -> DiskUnavailable | None:
    """What SQLite says of the disk that its file lies on; None where the disk is not at fault."""
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    if name.startswith("SQLITE_FULL"):
        return full_disk(url.database)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return denied(url.database, str(error.orig))
    return broken(url.database, str(error.orig)) if name.startswith("SQLITE_IOERR") else None


def _make_folder(folder: Path) -> None:
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers go on while one writes
    cursor.execute("PRAGMA synchronous=NORMAL")  # in WAL mode this loses no consistency
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()

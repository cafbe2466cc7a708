"""Brings a store to the tables that this code reads, whatever it was before."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, func, inspect, select, table

from sabiscore.errors import BadStore
from sabiscore.store.tables import meta

HEAD = "0011.0010"
"""The newest migration; Alembic is only imported for a store that is not there yet."""
NUMBER = HEAD.partition(".")[0]
"""Its number alone, without the oldest code that works on it: see ``is_ready``."""
BEFORE_MIGRATIONS = "0001"
CREATION = 0x5AB15C03E
"""Key of PostgreSQL's advisory lock: two sessions that create the same table at once collide."""

_VERSIONS = table("alembic_version", column("version_num"))


def upgrade(connection: Connection) -> None:
    """Makes the tables, or those that are missing, in the transaction of ``connection``.

    Raises BadStore for a store that newer code has upgraded further, unless this code works on it too.
    """
    if is_ready(version(connection)):
        return
    _only_one(connection)
    found = version(connection)
    if is_ready(found):
        return
    if found is not None and found > HEAD:
        raise BadStore(
            f"The store is at migration {found}; this version knows them up to {HEAD}.",
            hint="Run the newer version, or set SABISCORE_HOME (or DATABASE_URL) to another place.",
        )
    _run(connection)


def version(connection: Connection) -> str | None:
    """The migration that the store is at; None before the first."""
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    return connection.scalar(select(_VERSIONS.c.version_num))


def is_ready(found: str | None) -> bool:
    """Whether this code works on a store at the migration ``found`` as it is.

    A migration that only adds, so that code of before still works, says from which one on: ``0011.0010`` is
    the eleventh, on which code that knows the tenth works. What such code no longer needs is dropped by a
    later one: expand, then contract. So a deployment can go back while its store stays.

    >>> is_ready(HEAD), is_ready(f"9999.{NUMBER}")
    (True, True)
    >>> is_ready("9999"), is_ready("9999.9998"), is_ready("0001")
    (False, False, False)
    """
    if found is None or found <= HEAD:
        return found == HEAD
    _, _, oldest = found.partition(".")
    return bool(oldest) and oldest <= NUMBER


def is_new(connection: Connection) -> bool:
    """Whether there is no table of ours yet."""
    return version(connection) is None and not _is_whole(connection)


def _only_one(connection: Connection) -> None:
    """No other session migrates until this transaction ends."""
    if connection.dialect.name == "postgresql":
        # A migration may take as long as it takes; waiting for another one is still limited.
        connection.execute(select(func.set_config("statement_timeout", "0", True)))
        connection.execute(select(func.pg_advisory_xact_lock(CREATION)))
    elif not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # else SQLite commits after every statement on tables


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if version(connection) is None and _is_whole(connection):
        command.stamp(config, BEFORE_MIGRATIONS)
    command.upgrade(config, HEAD)


def _is_whole(connection: Connection) -> bool:
    """Whether the store was made before there were migrations: meta was the last of its tables."""
    return inspect(connection).has_table(meta.name)

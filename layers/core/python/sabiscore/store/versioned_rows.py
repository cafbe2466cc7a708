"""Facts that sources tell again and again: a row is added when it differs from what they said last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select

from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into, parts

Rows = Sequence[Mapping[str, Any]]


def add_changed(database: Database, table: Table, rows: Rows) -> int:
    """How many of ``rows`` tell something else than is known of them; only those are kept.

    The primary key names what a row is about, and ``known_at`` when it was said; the other columns are what
    is said. Every such table has a ``league`` and a ``season``.
    """
    with database.transaction() as connection:
        before = {
            key: _said(table, row)
            for season in sorted({(row["league"], row["season"]) for row in rows})
            for key, row in _latest(connection, table, *season).items()
        }
        new = [row for row in rows if before.get(_key(table, row)) != _said(table, row)]
        put = insert_into(table, connection.dialect.name).on_conflict_do_nothing()
        for part in parts(new):
            connection.execute(put, [dict(row) for row in part])
    return len(new)


def newest(database: Database, table: Table, league: str) -> list[Mapping[str, Any]]:
    """What was said last of everything in the newest season of ``league``, by every source."""
    with database.transaction() as connection:
        season = connection.scalar(select(func.max(table.c.season)).where(table.c.league == league))
        return [] if season is None else list(_latest(connection, table, league, season).values())


def _latest(
    connection: Connection, table: Table, league: str, season: str
) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    here = (table.c.league == league) & (table.c.season == season)
    found = connection.execute(select(table).where(here).order_by(table.c.known_at)).mappings()
    rows = [{column.name: row[column.name] for column in table.columns} for row in found]
    return {_key(table, row): row for row in rows}


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key if column.name != "known_at")


def _said(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.columns if not column.primary_key)

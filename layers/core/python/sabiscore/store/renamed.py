"""What was stored of a match follows it to the id it has under a club's right name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, delete, func, select, update

from sabiscore.store.newest_prices import NewestPrices
from sabiscore.store.schedule_tables import bets, expected_goals, observations, odds_snapshots, standings
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into, parts
from sabiscore.store.tables import renamed_matches

COUNT = select(func.count()).select_from(renamed_matches)


def follow(connection: Connection, renamed: Mapping[str, str], clubs: Mapping[str, str]) -> None:
    """Prices, observations, expected goals and bets of ``renamed`` (old id → new id) go to the new ids.

    ``clubs`` (old slug → new slug) are those whose name it was. The ledger, which only grows, keeps the old
    ids: ``renamed_ids`` says what they are called now. What is there under the new id already stays as it is.
    """
    if not renamed:
        return
    for table in (odds_snapshots, observations, expected_goals, bets):
        _rewrite(connection, table, "match_id", renamed, clubs)
    _rewrite(connection, standings, "team", clubs, {})
    now = datetime.now(UTC)
    put = insert_into(renamed_matches, connection.dialect.name)
    put = put.on_conflict_do_update(index_elements=["old_id"], set_={"new_id": put.excluded.new_id})
    rows = [{"old_id": old, "new_id": new, "renamed_at": now} for old, new in sorted(renamed.items())]
    connection.execute(put, rows)
    for old, new in renamed.items():  # those that were called ``old`` once
        earlier = update(renamed_matches).where(renamed_matches.c.new_id == old)
        connection.execute(earlier.values(new_id=new))
    connection.execute(delete(renamed_matches).where(renamed_matches.c.old_id.in_(list(renamed.values()))))
    NewestPrices().changed(connection, ())


def renamed_ids(connection: Connection) -> dict[str, str]:
    """Every id that a match was known by before → the id that it has now."""
    rows = connection.execute(select(renamed_matches.c.old_id, renamed_matches.c.new_id)).all()
    return {row[0]: row[1] for row in rows}


def read_renamed(database: Database) -> dict[str, str]:
    """``renamed_ids`` in a transaction of its own."""
    with database.transaction() as connection:
        return renamed_ids(connection)


def _rewrite(
    connection: Connection,
    table: Table,
    key: str,
    renamed: Mapping[str, str],
    clubs: Mapping[str, str],
) -> None:
    """The rows of ``table`` whose ``key`` is renamed, under the new one, home and away with them."""
    column = table.c[key]
    put = insert_into(table, connection.dialect.name).on_conflict_do_nothing()
    for old in _in_parts(renamed):
        found = connection.execute(select(table).where(column.in_(old))).mappings().all()
        rows = [dict(row) | {key: renamed[row[key]]} for row in found]
        if table is observations:
            rows = [
                row | {side: clubs.get(row[side], row[side]) for side in ("home", "away")} for row in rows
            ]
        for part in parts(rows):
            connection.execute(put, list(part))
        if rows:
            connection.execute(delete(table).where(column.in_(old)))


def _in_parts(keys: Iterable[str]) -> Iterable[Sequence[str]]:
    return parts(sorted(keys))

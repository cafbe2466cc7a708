"""A copy of everything that could not be fetched again, and whether it restores.

A backup is a gzip file of JSON lines: a first line that names the migration, then a line a row, table
by table. Season files are the truth of the rest: they are ingested again.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Date, Table, func, insert, select

from sabiscore.errors import BadStore
from sabiscore.files import replacing
from sabiscore.ledger.chain import verify
from sabiscore.store.ledger import Ledger
from sabiscore.store.schedule_tables import (
    bets,
    expected_goals,
    ledger,
    observations,
    odds_snapshots,
    populations,
    standings,
)
from sabiscore.store.session import Database
from sabiscore.store.tables import Instant, club_spellings, renamed_matches
from sabiscore.store.upgrade import HEAD

BACKED_UP_TABLES: tuple[Table, ...] = (
    ledger,
    bets,
    observations,
    odds_snapshots,
    populations,
    standings,
    expected_goals,
    club_spellings,
    renamed_matches,
)
ROWS_A_PART = 500
LEVEL = 6
"""Of gzip: 9, its own choice, takes four times as long for a tenth of the size."""


def back_up(database: Database, path: Path) -> dict[str, int]:
    """Writes every row to ``path``, whole or not at all; the rows a table. Raises DiskUnavailable."""
    counts: dict[str, int] = {}
    with (
        replacing(path) as part,
        gzip.open(part, "wt", LEVEL, encoding="utf-8") as file,
        database.transaction() as connection,
    ):
        file.write(json.dumps({"migration": HEAD}) + "\n")
        for table in BACKED_UP_TABLES:
            counts[table.name] = 0
            names = table.columns.keys()
            for row in connection.execute(select(table).order_by(*table.primary_key)):
                file.write(_ENCODE([table.name, dict(zip(names, row, strict=True))]) + "\n")
                counts[table.name] += 1
    return counts


def restore(path: Path, database: Database) -> dict[str, int]:
    """Rows a table that were put into an empty ``database`` from a backup.

    Raises BadStore for a file that is no backup of this version, or a database that is not empty.
    """
    counts = dict.fromkeys((table.name for table in BACKED_UP_TABLES), 0)
    with database.transaction() as connection:
        for table in BACKED_UP_TABLES:
            if connection.scalar(select(func.count()).select_from(table)):
                raise BadStore(
                    f"The table {table.name} is not empty.", hint="Restore into a database of its own."
                )
        for table, rows in _read(path):
            connection.execute(insert(table), rows)
            counts[table.name] += len(rows)
    return counts


def check_restores(path: Path, scratch: Path) -> dict[str, int]:
    """Rows a table after restoring ``path`` into a new file below ``scratch``, its ledger verified.

    Raises BadStore or BrokenLedger when it would not bring back what it should.
    """
    file = scratch / f"restored-{uuid4().hex}.db"
    database = Database(f"sqlite:///{file}")
    try:
        counts = restore(path, database)
        restored = Ledger(database)
        verify(restored.checked_entries())
        restored.require_open_seals()
    finally:
        database.close()
        for left in scratch.glob(f"{file.name}*"):
            left.unlink(missing_ok=True)
    return counts


def _read(path: Path) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    tables = {table.name: table for table in BACKED_UP_TABLES}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            if json.loads(next(file)) != {"migration": HEAD}:
                raise BadStore(f"{path.name} is a backup of another version.", hint="Use that version.")
            waiting: list[dict[str, Any]] = []
            of: Table | None = None
            for line in file:
                name, row = json.loads(line)
                table = tables[name]
                if of is not None and (table is not of or len(waiting) == ROWS_A_PART):
                    yield of, waiting
                    waiting = []
                of = table
                waiting.append(_typed(table, row))
            if of is not None and waiting:
                yield of, waiting
    except (OSError, EOFError, StopIteration, ValueError, KeyError, TypeError) as error:
        raise BadStore(f"{path.name} is no whole backup.", hint="Use the one of the day before.") from error


def _plain(value: date) -> str:
    return value.isoformat()  # looked up in the value: an instant is a date too


_ENCODE = json.JSONEncoder(ensure_ascii=False, default=_plain).encode


def _readers(table: Table) -> dict[str, Callable[[str], date]]:
    """What reads the text of each column of ``table`` that holds instants or days."""
    readers: dict[str, Callable[[str], date]] = {}
    for column in table.columns:
        if isinstance(column.type, Instant):
            readers[column.name] = datetime.fromisoformat
        elif isinstance(column.type, Date):
            readers[column.name] = date.fromisoformat
    return readers


_NAMES = {table.name: frozenset(table.columns.keys()) for table in BACKED_UP_TABLES}
_READERS = {table.name: _readers(table) for table in BACKED_UP_TABLES}


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """``row`` as it was in ``table``. Raises KeyError or ValueError for one that was not."""
    if row.keys() != _NAMES[table.name]:
        raise KeyError(table.name)
    for name, read in _READERS[table.name].items():
        if row[name] is not None:
            row[name] = read(row[name])
    return row

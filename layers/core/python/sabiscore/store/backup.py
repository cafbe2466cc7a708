"""A copy of everything that could not be fetched again, and whether it restores.

A backup is a gzip file of JSON lines: a first line that names the migration and the parts, then a line a row,
table by table. Of each table the first rows, so many thousands at a time, lie in parts that the backups of
several days share: no file grows with the record. Season files are the truth of the rest: they are ingested
again.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Date, Table, func, insert, select

from sabiscore.errors import BadStore
from sabiscore.files import replacing
from sabiscore.ledger.chain import verify
from sabiscore.store.backup_parts import (
    LEVEL,
    ROWS_A_PART,
    PartWriter,
    lines_of,
    part_lines,
    parts_in,
    require_part,
)
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
ROWS_AT_ONCE = 500


def back_up(database: Database, path: Path) -> dict[str, int]:
    """Writes every row to ``path`` and its parts, whole or not at all; the rows a table.

    Raises DiskUnavailable.
    """
    counts: dict[str, int] = {}
    in_parts: dict[str, int] = {}
    writer = PartWriter(path.parent)
    with database.transaction() as connection:
        for table in BACKED_UP_TABLES:
            count = connection.scalar(select(func.count()).select_from(table)) or 0
            in_parts[table.name] = count - count % ROWS_A_PART
            writer.write(connection, table, in_parts[table.name])
            counts[table.name] = count
        with replacing(path) as part, gzip.open(part, "wt", LEVEL, encoding="utf-8") as file:
            file.write(json.dumps({"migration": HEAD, "parts": writer.parts}) + "\n")
            for table in BACKED_UP_TABLES:
                rows = select(table).order_by(*table.primary_key).limit(ROWS_A_PART)
                rest = connection.execute(rows.offset(in_parts[table.name]))
                file.writelines(lines_of(table, rest))
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


def check_whole(path: Path) -> None:
    """Raises BadStore unless the backup at ``path`` and each of its parts are what was written."""
    with _bad_backup(path), gzip.open(path, "rt", encoding="utf-8") as file:
        for name, sha256 in parts_in(next(file), path):
            require_part(path.parent, name, sha256)
        for _ in file:
            pass


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


def parts_of(path: Path) -> list[str]:
    """The names of the files that the backup at ``path`` goes on from, in the folder PARTS beside it.

    Raises BadStore.
    """
    with _bad_backup(path), gzip.open(path, "rt", encoding="utf-8") as file:
        return [name for name, _ in parts_in(next(file), path)]


def _read(path: Path) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """The rows of each part of a backup and then its own, some at a time. Raises BadStore."""
    tables = {table.name: table for table in BACKED_UP_TABLES}
    with _bad_backup(path):
        for lines in _texts(path):
            waiting: list[dict[str, Any]] = []
            of: Table | None = None
            for line in lines:
                name, row = json.loads(line)
                table = tables[name]
                if of is not None and (table is not of or len(waiting) == ROWS_AT_ONCE):
                    yield of, waiting
                    waiting = []
                of = table
                waiting.append(_typed(table, row))
            if of is not None and waiting:
                yield of, waiting


def _texts(path: Path) -> Iterator[Iterator[str]]:
    """The lines of each part of the backup at ``path``, and at last its own."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for name, sha256 in parts_in(next(file), path):
            yield iter(part_lines(path.parent, name, sha256))
        yield iter(file)


@contextmanager
def _bad_backup(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, StopIteration, ValueError, KeyError, TypeError) as error:
        raise BadStore(f"{path.name} is no whole backup.", hint="Use the one of the day before.") from error


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

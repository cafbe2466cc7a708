"""The parts of backups: files of a table's first rows, so many in each, that backups of several days share.

A part is named by what is in it. One of the ledger is named by its last entry: the hash of that is one of all
entries before it, so a part that is there and unaltered need not be made again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from sabiscore.errors import BadStore
from sabiscore.files import write_atomically
from sabiscore.store.schedule_tables import ledger
from sabiscore.store.upgrade import HEAD, NUMBER

PARTS = "parts"
"""The folder beside backups in which their parts lie."""
ROWS_A_PART = 2_500
"""About 1 MB of the ledger, compressed. So many rows at most are written anew with each backup."""
LEVEL = 6
"""Of gzip: 9, its own choice, takes four times as long for a tenth of the size."""
ENDING = ".jsonl.gz"
_NAME = re.compile(r"[a-z_]+-[0-9a-z_-]+\.jsonl\.gz")

Part = tuple[str, str]
"""The name of a file and its SHA-256."""


class PartWriter:
    """Writes parts beside the backups in ``folder``; ``parts`` are those that a backup then consists of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / PARTS
        self._known = dict(known_parts(folder))
        self.parts: list[Part] = []

    def write(self, connection: Connection, table: Table, count: int) -> None:
        """The first ``count`` rows of ``table`` are in parts. Raises DiskUnavailable."""
        if table is ledger:
            self._ledger(connection, count)
            return
        rows = connection.execute(select(table).order_by(*table.primary_key).limit(count)) if count else ()
        lines = lines_of(table, rows)
        for _ in range(0, count, ROWS_A_PART):
            data = _compressed(islice(lines, ROWS_A_PART))
            self._put(f"{table.name}-{hashlib.sha256(data).hexdigest()[:16]}{ENDING}", data)

    def _ledger(self, connection: Connection, count: int) -> None:
        for last in range(ROWS_A_PART, count + 1, ROWS_A_PART):
            head = connection.scalar(select(ledger.c.hash).where(ledger.c.seq == last)) or ""
            name = f"{ledger.name}-{NUMBER}-{last - ROWS_A_PART + 1}-{last}-{head[:16]}{ENDING}"
            if name in self._known and sha256_at(self._folder / name) == self._known[name]:
                self.parts.append((name, self._known[name]))
                continue
            these = (ledger.c.seq > last - ROWS_A_PART, ledger.c.seq <= last)
            rows = connection.execute(select(ledger).where(*these).order_by(ledger.c.seq))
            self._put(name, _compressed(lines_of(ledger, rows)))

    def _put(self, name: str, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256_at(self._folder / name) != sha256:
            write_atomically(self._folder / name, data)
        self.parts.append((name, sha256))


def lines_of(table: Table, rows: Iterable[Row[Any]]) -> Iterator[str]:
    """A line for each of ``rows`` of ``table``."""
    names = table.columns.keys()
    for row in rows:
        yield _ENCODE([table.name, dict(zip(names, row, strict=True))]) + "\n"


def parts_in(first: str, path: Path) -> list[Part]:
    """The parts that the ``first`` line of the backup at ``path`` names.

    Raises BadStore for a backup of another version, and whatever goes wrong for what is no such line.
    """
    head = json.loads(first)
    if head["migration"] != HEAD:
        raise BadStore(f"{path.name} is a backup of another version.", hint="Use that version.")
    parts = [(str(name), str(sha256)) for name, sha256 in head.get("parts", [])]
    if not all(_NAME.fullmatch(name) for name, _ in parts):
        raise ValueError("a part of another name")
    return parts


def part_lines(folder: Path, name: str, sha256: str) -> Sequence[str]:
    """The lines of the part ``name`` of a backup in ``folder``. Raises BadStore."""
    require_part(folder, name, sha256)
    return gzip.decompress((folder / PARTS / name).read_bytes()).decode().splitlines()


def require_part(folder: Path, name: str, sha256: str) -> None:
    """Raises BadStore unless the part ``name`` of a backup in ``folder`` is the one with that ``sha256``."""
    if sha256_at(folder / PARTS / name) != sha256:
        raise BadStore(
            f"{PARTS}/{name}, a part of the backup, is missing or altered.",
            hint="Bring it here from the bucket, or use the backup of another day.",
        )


def known_parts(folder: Path) -> Iterator[Part]:
    """The parts that the backups in ``folder`` name; one that cannot be read names none."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        try:
            with gzip.open(path, "rt", encoding="utf-8") as file:
                yield from parts_in(next(file), path)
        except (OSError, EOFError, StopIteration, ValueError, KeyError, TypeError, BadStore):
            continue  # whoever restores it is told


def forget_parts(folder: Path) -> None:
    """Removes the parts that no backup in ``folder`` names."""
    named = {name for name, _ in known_parts(folder)}
    for path in (folder / PARTS).glob(f"*{ENDING}"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def sha256_at(path: Path) -> str:
    """Of the file at ``path``; "missing" where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"


def _compressed(lines: Iterable[str]) -> bytes:
    return gzip.compress("".join(lines).encode(), LEVEL, mtime=0)


def _plain(value: date) -> str:
    return value.isoformat()  # looked up in the value: an instant is a date too


_ENCODE = json.JSONEncoder(ensure_ascii=False, default=_plain).encode

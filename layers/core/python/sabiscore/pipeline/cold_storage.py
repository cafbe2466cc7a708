"""Cold storage: old rows archived in compressed files, which are read back before the rows leave the store.

A file is named by the day it was written and the SHA-256 of its lines. So it can be verified, and the same
rows, archived twice because a run died, make the same file.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sabiscore.errors import BadArchive
from sabiscore.files import write_atomically
from sabiscore.store.bets import Bet
from sabiscore.store.snapshots import Snapshot

PRICES, BETS = "prices", "bets"
_INSTANTS = ("kickoff_at", "opened_at", "settled_at")


def archiver(
    folder: Path, now: datetime, push: Callable[[], object]
) -> Callable[[Sequence[Snapshot | Bet]], None]:
    """A function that writes rows to a file of ``folder`` and calls ``push``; then they may be deleted."""

    def archive(rows: Sequence[Snapshot | Bet]) -> None:
        if not rows:
            return
        lines = sorted(json.dumps(asdict(row), default=datetime.isoformat, sort_keys=True) for row in rows)
        text = ("\n".join(lines) + "\n").encode()
        path = folder / f"{now:%Y-%m-%d}-{sha256(text).hexdigest()}.jsonl.gz"
        write_atomically(path, gzip.compress(text, mtime=0))
        read_lines(path)
        push()  # this disk may be gone tomorrow, and the rows are about to leave the store

    return archive


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The rows of the file at ``path``. Raises BadArchive where it differs from what was written."""
    try:
        text = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        raise _bad(path) from error
    if sha256(text).hexdigest() != path.name.removesuffix(".jsonl.gz")[11:]:
        raise _bad(path)
    return [json.loads(line) for line in text.splitlines()]


def bets_in(folder: Path) -> list[Bet]:
    """Every bet archived in ``folder``, each once. Raises BadArchive."""
    return unique(bet for path in archives_in(folder) for bet in bets_of(path))


def archives_in(folder: Path) -> list[Path]:
    """The files of ``folder``, by the day they were written."""
    return sorted(folder.glob("*.jsonl.gz"))


def bets_of(path: Path) -> list[Bet]:
    """The bets of the file at ``path``. Raises BadArchive."""
    return [_bet(row) for row in read_lines(path)]


def unique(bets: Iterable[Bet]) -> list[Bet]:
    """Each bet once, the first of its key: a run that died may have left one in the store and in a file."""
    by_key: dict[tuple[str, str, str], Bet] = {}
    for bet in bets:
        by_key.setdefault(bet.key, bet)
    return list(by_key.values())


def _bet(row: dict[str, Any]) -> Bet:
    return Bet(**{**row, **{name: datetime.fromisoformat(row[name]) for name in _INSTANTS}})


def _bad(path: Path) -> BadArchive:
    return BadArchive(
        f"The archive {path.parent.name}/{path.name} differs from what was archived.",
        hint="Restore it from a backup.",
    )

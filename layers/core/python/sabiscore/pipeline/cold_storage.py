"""Old rows put away in compressed files: each is on the disk, and read back, before they leave the store.

A file is named by the day it was made and by the SHA-256 of its lines, so that it can be verified and
that the same rows, put away twice by runs that died, make the same file.
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


def keeper(
    folder: Path, now: datetime, hand_over: Callable[[], object]
) -> Callable[[Sequence[Snapshot | Bet]], None]:
    """Keeps rows in a file of ``folder``, and where ``hand_over`` takes it; then they may be forgotten."""

    def keep(rows: Sequence[Snapshot | Bet]) -> None:
        if not rows:
            return
        lines = sorted(json.dumps(asdict(row), default=datetime.isoformat, sort_keys=True) for row in rows)
        text = ("\n".join(lines) + "\n").encode()
        path = folder / f"{now:%Y-%m-%d}-{sha256(text).hexdigest()}.jsonl.gz"
        write_atomically(path, gzip.compress(text, mtime=0))
        read_lines(path)
        hand_over()  # this disk may be gone tomorrow, and the rows from the store are

    return keep


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file; raises BadArchive where it is not what was written."""
    try:
        text = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        raise _bad(path) from error
    if sha256(text).hexdigest() != path.name.removesuffix(".jsonl.gz")[11:]:
        raise _bad(path)
    return [json.loads(line) for line in text.splitlines()]


def bets_in(folder: Path) -> list[Bet]:
    """Every bet put away in ``folder``. Raises BadArchive."""
    found = [_bet(row) for path in sorted(folder.glob("*.jsonl.gz")) for row in read_lines(path)]
    return unique(found)


def unique(bets: Iterable[Bet]) -> list[Bet]:
    """Each bet once, the first found: a run that died may have left one in the store and in a file."""
    found: dict[tuple[str, str, str], Bet] = {}
    for bet in bets:
        found.setdefault(bet.key, bet)
    return list(found.values())


def _bet(row: dict[str, Any]) -> Bet:
    return Bet(**{**row, **{name: datetime.fromisoformat(row[name]) for name in _INSTANTS}})


def _bad(path: Path) -> BadArchive:
    return BadArchive(
        f"The archive {path.parent.name}/{path.name} is not what was put away.",
        hint="Restore it from a backup.",
    )

"""What each day came to, beside the record: its figures, and the head of the ledger as its anchor.

An anchor that was published once never changes. Whoever kept one can tell whether the ledger's past is
still the one that it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sabiscore.errors import BadPublication
from sabiscore.files import write_atomically
from sabiscore.publication.digest import digest_of
from sabiscore.untrusted import bytes_of, json_object, untrusted

ANCHORS_FILE = "days.json"
RESTORE = "Restore it from a copy."


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """One UTC day: ``entries`` and ``head`` of the ledger, runs by job and outcome, and other figures."""

    day: str
    entries: int
    head: str
    runs: Mapping[str, Mapping[str, int]]
    figures: Mapping[str, int]


def read_days(folder: Path) -> tuple[LedgerDay, ...]:
    """The days on record, oldest first. Raises BadPublication where they are not what was written."""
    with untrusted(BadPublication, f"{ANCHORS_FILE} holds no days", hint=RESTORE):
        data = bytes_of(folder / ANCHORS_FILE)
        return () if data is None else days_in(data)


def days_in(data: bytes) -> tuple[LedgerDay, ...]:
    """The days that ``data`` is the file of. Raises whatever goes wrong: for use inside ``untrusted``."""
    whole = json_object(data)
    if digest_of({"days": whole["days"]}) != whole["digest"]:
        raise ValueError("altered after it was written")
    return tuple(_day(fields) for fields in whole["days"])


def _day(fields: Mapping[str, Any]) -> LedgerDay:
    day = LedgerDay(**fields)
    texts, maps = (day.day, day.head), (day.runs, day.figures)
    if not all(isinstance(text, str) for text in texts) or not isinstance(day.entries, int):
        raise TypeError("a day of other types")
    if not all(isinstance(counts, dict) for counts in maps):
        raise TypeError("counts of a day that are none")
    return day


def add_day(folder: Path, day: LedgerDay) -> bool:
    """Whether ``day`` is new; one that is on record stays as it was published."""
    days = read_days(folder)
    if any(other.day == day.day for other in days):
        return False
    rows = [asdict(anchor) for anchor in sorted((*days, day), key=lambda anchor: anchor.day)]
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"digest": digest_of({"days": rows}), "days": rows}
    write_atomically(folder / ANCHORS_FILE, json.dumps(whole).encode())
    return True

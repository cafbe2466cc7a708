"""What each day came to, beside the record: its figures, and the head of the ledger as its anchor.

An anchor that was published once never changes. Whoever kept one can tell whether the ledger's past is
still the one that it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sabiscore.errors import BadPublication, BrokenLedger
from sabiscore.files import write_atomically
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.publication.digest import digest_of

ANCHORS_FILE = "days.json"


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
    try:
        whole = json.loads((folder / ANCHORS_FILE).read_bytes())
        if digest_of({"days": whole["days"]}) != whole["digest"]:
            raise ValueError("altered after it was written")
        return tuple(LedgerDay(**fields) for fields in whole["days"])
    except FileNotFoundError:
        return ()
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadPublication(f"{ANCHORS_FILE} holds no days.", hint="Restore it from a copy.") from error


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


def anchored(entries: Iterable[LedgerEntry], days: Iterable[LedgerDay]) -> Iterator[LedgerEntry]:
    """``entries``, looked at on their way against the anchors of ``days``. Raises BrokenLedger."""
    wanted: dict[int, list[LedgerDay]] = {}
    for day in days:
        if day.entries:
            wanted.setdefault(day.entries, []).append(day)
    for number, entry in enumerate(entries, start=1):
        for day in wanted.pop(number, ()):
            if entry.hash != day.head:
                raise _broken(day)
        yield entry
    for missing in wanted.values():
        raise _broken(missing[0])


def _broken(day: LedgerDay) -> BrokenLedger:
    return BrokenLedger(
        f"The ledger is not the one whose head was published on {day.day}.",
        hint="Compare it with a copy that was exported, and with the backups of those days.",
    )

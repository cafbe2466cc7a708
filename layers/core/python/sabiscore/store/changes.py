"""What a season file says differently from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sabiscore.history import COLUMNS, History
from sabiscore.store.rows import ids

_BY_VALUE = tuple(name for name in COLUMNS if name not in ("home", "away"))  # indices into teams; in the id


@dataclass(frozen=True, slots=True)
class SeasonChanges:
    """Ids of matches by what became of them; ``unchanged`` is only counted."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unchanged: int = 0

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def compare(old: History, new: History) -> SeasonChanges:
    """How the matches of ``new`` differ from those of ``old``, by id and every column."""
    if not len(old):
        return SeasonChanges(new=tuple(sorted(ids(new))))
    before, after = _by_id(old), _by_id(new)
    both = before.keys() & after.keys()
    changed = {identity for identity in both if before[identity] != after[identity]}
    return SeasonChanges(
        new=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(changed)),
        gone=tuple(sorted(before.keys() - after.keys())),
        unchanged=len(both) - len(changed),
    )


def _by_id(history: History) -> dict[str, tuple[Any, ...]]:
    columns = [getattr(history, name) for name in _BY_VALUE]
    return {
        identity: tuple(column[row].tobytes() for column in columns)
        for row, identity in enumerate(ids(history))
    }

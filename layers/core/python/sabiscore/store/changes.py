"""What a season file says differently from what is stored, and whether it looks cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sabiscore.history import COLUMNS, History, date_of
from sabiscore.identity.renames import Pairing, turned
from sabiscore.identity.teams import Unmatched
from sabiscore.store.rows import ids

_BY_VALUE = tuple(name for name in COLUMNS if name not in ("home", "away"))  # indices into teams; in the id

FEWEST_OF_A_CUT = 2
"""A single match less is a correction: a void match, a row entered twice."""
LEAST_KEPT = 0.9
ANOTHER_SEASON_FROM = 20
"""From so many matches on, a file that has fewer than half of them is not of this season."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonChanges:
    """Ids of matches by what became of them; ``unchanged`` is only counted.

    ``moved`` are those of ``changed`` that are on another day, ``turned`` those of ``gone`` that the file has
    on the same day the other way round (and so as new ones). ``renamed`` has the old and the new id of those
    of which a club is known by another name now: they are neither new nor gone.
    ``clubs`` are names that were found to mean a club known by another, ``unknown`` those that mean none,
    each with the rows that were left out.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unchanged: int = 0
    moved: tuple[str, ...] = field(default=(), compare=False)
    turned: tuple[str, ...] = field(default=(), compare=False)
    renamed: Mapping[str, str] = field(default_factory=dict)
    clubs: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[tuple[Unmatched, int], ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.gone or self.renamed)

    @property
    def lost(self) -> tuple[str, ...]:
        """The matches that nothing in the file stands for."""
        kept = set(self.turned)
        return tuple(key for key in self.gone if key not in kept)


def compare(old: History, new: History, clubs: Mapping[str, str] | None = None) -> SeasonChanges:
    """How the matches of ``new`` differ from those of ``old``, by id and every column.

    ``clubs`` are known by other names now: their slugs in ``old`` → those in ``new``.
    """
    if not len(old):
        return SeasonChanges(new=tuple(sorted(ids(new))))
    before, after = _by_id(old), _by_id(new)
    renamed = _renamed(old, before.keys() - after.keys(), after.keys() - before.keys(), clubs or {})
    both = before.keys() & after.keys()
    changed = {identity for identity in both if before[identity] != after[identity]}
    gone = before.keys() - after.keys() - renamed.keys()
    new_ids = after.keys() - before.keys() - set(renamed.values())
    day = _BY_VALUE.index("day")
    return SeasonChanges(
        new=tuple(sorted(new_ids)),
        changed=tuple(sorted(changed)),
        gone=tuple(sorted(gone)),
        unchanged=len(both) - len(changed),
        moved=tuple(sorted(key for key in changed if before[key][day] != after[key][day])),
        turned=_turned(old, new, gone),
        renamed=renamed,
    )


def looks_cut(old: History, rows: int, newest: int | None, changes: SeasonChanges) -> bool:
    """True when a file of ``rows`` matches, the last on day ``newest``, has lost the end of ``old``.

    A cut file has fewer rows, and the newest days are not in it. A file that has lost a tenth and more in
    its middle, or most of what is stored, is no correction either.
    """
    before, lost = len(old), len(changes.lost)
    if before >= ANOTHER_SEASON_FROM and lost > before / 2:
        return True
    if rows >= before or not lost:
        return False
    end_is_missing = newest is None or newest < int(old.day.max())
    few = lost < FEWEST_OF_A_CUT
    if end_is_missing:
        return not few or before - lost < LEAST_KEPT * before
    return not few and before - lost < LEAST_KEPT * before


def pairings(history: History) -> list[Pairing]:
    """Day, home and away of every match, row by row."""
    teams = history.teams
    return [
        (date_of(day), teams[home], teams[away])
        for day, home, away in zip(
            history.day.tolist(), history.home.tolist(), history.away.tolist(), strict=True
        )
    ]


def _renamed(old: History, gone: Any, new: Any, clubs: Mapping[str, str]) -> dict[str, str]:
    """Old id → new id of the matches of renamed clubs."""
    if not clubs:
        return {}
    called = replace(old, teams=tuple(clubs.get(team, team) for team in old.teams))
    pairs = zip(ids(old), ids(called), strict=True)
    return {before: after for before, after in pairs if before in gone and after in new}


def _turned(old: History, new: History, gone: Any) -> tuple[str, ...]:
    left = {pairing: key for pairing, key in zip(pairings(old), ids(old), strict=True) if key in gone}
    return tuple(sorted(left[swapped] for swapped in turned(left, pairings(new))))


def _by_id(history: History) -> dict[str, tuple[Any, ...]]:
    columns = [getattr(history, name) for name in _BY_VALUE]
    return {
        identity: tuple(column[row].tobytes() for column in columns)
        for row, identity in enumerate(ids(history))
    }

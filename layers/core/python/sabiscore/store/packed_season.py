"""A season as its archive holds it: of all numbers that a match may have, only those that one of its has."""

from __future__ import annotations

import io
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import BOOKS, LINE_BOOKS, STATISTICS
from sabiscore.errors import BadArchive
from sabiscore.history import COLUMNS, History, Ints, blank

INGEST_AGAIN = "Ingest the season files again; a damaged season is then read anew."

_PHASES = ("pre", "close")
_AXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "goals": (("home", "away"),),
    "statistics": (STATISTICS, ("home", "away")),
    "odds": (_PHASES, BOOKS, ("home", "draw", "away")),
    "totals": (_PHASES, LINE_BOOKS, ("over", "under")),
    "handicap": (_PHASES, LINE_BOOKS, ("home", "away")),
    "line": (_PHASES,),
}


def _cells(column: str) -> Iterator[str]:
    names = [column]
    for axis in _AXES[column]:
        names = [f"{name} {label}" for name in names for label in axis]
    yield from names


CELLS = {column: tuple(_cells(column)) for column in _AXES}
"""Names of every number a match may have, such as ``odds pre b365 home``, by column."""

_NAMES = tuple(name for cells in CELLS.values() for name in cells)
_PLACES = {name: (column, place) for column, cells in CELLS.items() for place, name in enumerate(cells)}
_PLAIN = tuple(name for name in COLUMNS if name not in _AXES)
_SIDES = ("home", "away")


@dataclass(frozen=True, slots=True)
class PackedSeason:
    """n matches over ``teams``: ``plain`` [n] has a field for each column of one number a match, ``values``
    float32 [n, c] the numbers that ``cells`` name, NaN where unknown."""

    teams: tuple[str, ...]
    plain: npt.NDArray[Any]
    cells: tuple[str, ...]
    values: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.plain)

    @classmethod
    def of(cls, history: History) -> PackedSeason:
        """The matches of ``history``, in its order."""
        n = len(history)
        flat = np.concatenate(
            [getattr(history, column).reshape(n, len(CELLS[column])) for column in CELLS], axis=1
        )
        kept = np.flatnonzero(~np.isnan(flat).all(axis=0))
        plain = np.empty(n, [(name, getattr(history, name).dtype) for name in _PLAIN])
        for name in _PLAIN:
            plain[name] = getattr(history, name)
        return cls(history.teams, plain, tuple(_NAMES[index] for index in kept), flat[:, kept])

    @classmethod
    def from_bytes(cls, data: bytes) -> PackedSeason:
        """The season that ``to_bytes`` made ``data`` of; raises BadArchive for anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                teams, plain, cells, values = (stored[name] for name in ("teams", "plain", "cells", "values"))
            season = cls(tuple(teams.tolist()), plain, tuple(cells.tolist()), values)
            season._require_sound()
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise BadArchive(f"A season archive cannot be read: {error}", hint=INGEST_AGAIN) from error
        return season

    def to_bytes(self) -> bytes:
        """The bytes of an .npz."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            teams=np.array(self.teams, np.str_),
            plain=self.plain,
            cells=np.array(self.cells, np.str_),
            values=self.values,
        )
        return buffer.getvalue()

    def played(self) -> PackedSeason:
        """Those of its matches whose result is known."""
        if CELLS["goals"][0] not in self.cells:
            rows = np.zeros(len(self), bool)
        else:
            rows = ~np.isnan(self.values[:, self.cells.index(CELLS["goals"][0])])
        return replace(self, plain=self.plain[rows], values=self.values[rows])

    def history(self) -> History:
        """The same matches as columns, in the same order."""
        history = blank(len(self), self.teams)
        self.write(history, np.arange(len(self)), np.arange(len(self.teams)))
        return history

    def write(self, history: History, rows: Ints, teams: Ints) -> None:
        """Puts its matches at ``rows`` [n] of ``history``; ``teams`` are the rows of its teams there."""
        for name in _PLAIN:
            column = self.plain[name]
            getattr(history, name)[rows] = teams[column] if name in _SIDES else column
        for name in CELLS:
            cells = [cell for cell, key in enumerate(self.cells) if _PLACES[key][0] == name]
            places = [_PLACES[self.cells[cell]][1] for cell in cells]
            target = getattr(history, name).reshape(len(history), len(CELLS[name]))
            target[rows[:, None], places] = self.values[:, cells]

    def _require_sound(self) -> None:
        """Raises KeyError or ValueError where parts do not belong together."""
        missing = [name for name in self.cells if name not in _PLACES]
        if missing or self.values.shape != (len(self), len(self.cells)):
            raise ValueError(f"cells {missing} are not known, or numbers of {self.values.shape} are missing")
        for name in _PLAIN:
            self.plain[name]


def joined(seasons: Iterable[PackedSeason]) -> History:
    """All matches of ``seasons`` over the union of their teams, in canonical order.

    As ``history.join`` gives it, but each number is written once, where it belongs: a season takes a fifth
    of the memory that its columns take, and is let go once it is written.
    """
    waiting = deque(seasons)
    names = tuple(sorted({team for season in waiting for team in season.teams}))
    index = {team: row for row, team in enumerate(names)}
    teams = deque(np.array([index[team] for team in season.teams], np.int64) for season in waiting)
    if not waiting:
        return blank(0)
    hosts = np.concatenate([own[s.plain["home"]] for own, s in zip(teams, waiting, strict=True)])
    league, day = (np.concatenate([s.plain[name] for s in waiting]) for name in ("league", "day"))
    places = np.empty(len(hosts), np.int64)
    places[np.lexsort((hosts, league, day))] = np.arange(len(hosts))
    history, begin = blank(len(hosts), names), 0
    while waiting:
        season = waiting.popleft()
        season.write(history, places[begin : begin + len(season)], teams.popleft())
        begin += len(season)
    return history

"""Seasons as verified columns on disk: one .npz a season file, named by its own sha256.

Because a file's name holds its hash, a new version never overwrites the old one: until the store
points at it, it does not count. What nothing points at is swept away later.
"""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections import OrderedDict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import BOOKS, LINE_BOOKS, STATISTICS
from sabiscore.errors import BadArchive
from sabiscore.files import write_atomically
from sabiscore.history import COLUMNS, History, blank

SUFFIX = ".npz"
SEASONS_KEPT = 64
"""Seasons in memory: those of two years, which schedules look at again and again."""
SWEPT_AFTER_S = 3600
"""Files younger than this may belong to a writer or a reader that is still at work."""

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

_CELL_INDEX = {name: index for index, name in enumerate(cell for cells in CELLS.values() for cell in cells)}
_PLAIN = tuple(name for name in COLUMNS if name not in _AXES)


def pack(history: History) -> bytes:
    """``history`` as the bytes of an .npz; numbers that no match has take no room."""
    n = len(history)
    flat = np.concatenate(
        [getattr(history, column).reshape(n, len(CELLS[column])) for column in CELLS], axis=1
    )
    kept = np.flatnonzero(~np.isnan(flat).all(axis=0))
    plain = np.empty(n, [(name, getattr(history, name).dtype) for name in _PLAIN])
    for name in _PLAIN:
        plain[name] = getattr(history, name)
    names = list(_CELL_INDEX)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        teams=np.array(history.teams, np.str_),
        plain=plain,
        cells=np.array([names[index] for index in kept], np.str_),
        values=flat[:, kept],
    )
    return buffer.getvalue()


def unpack(data: bytes) -> History:
    """The history that ``pack`` made ``data`` of; raises BadArchive for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            teams, plain, cells, values = (stored[name] for name in ("teams", "plain", "cells", "values"))
        return _history(teams, plain, cells, values)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BadArchive(f"A season archive cannot be read: {error}", hint=INGEST_AGAIN) from error


def _history(
    teams: npt.NDArray[np.str_],
    plain: npt.NDArray[Any],
    cells: npt.NDArray[np.str_],
    values: npt.NDArray[np.float32],
) -> History:
    history = blank(len(plain), teams.tolist())
    for name in _PLAIN:
        getattr(history, name)[:] = plain[name]
    flat = np.full((len(plain), len(_CELL_INDEX)), np.nan, np.float32)
    flat[:, [_CELL_INDEX[name] for name in cells.tolist()]] = values
    start = 0
    for column, names in CELLS.items():
        target = getattr(history, column)
        target[:] = flat[:, start : start + len(names)].reshape(target.shape)
        start += len(names)
    return history


def _frozen(history: History) -> History:
    for name in COLUMNS:
        getattr(history, name).flags.writeable = False
    return history


class Archive:
    """The folder the season archives lie in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: OrderedDict[str, History] = OrderedDict()

    def path(self, sha256: str) -> Path:
        """Where the archive with this hash lies."""
        return self.folder / f"{sha256}{SUFFIX}"

    def write(self, history: History) -> str:
        """The sha256 under which ``history`` is now on disk, whole or not at all."""
        data = pack(history)
        sha256 = hashlib.sha256(data).hexdigest()
        write_atomically(self.path(sha256), data)
        return sha256

    def read(self, sha256: str) -> History:
        """The history stored under ``sha256``, not to be changed: the last few are kept in memory.

        Raises BadArchive when the file is missing or is not what its hash says.
        """
        history = self._read.pop(sha256, None) or _frozen(unpack(self._verified(sha256)))
        self._read[sha256] = history
        if len(self._read) > SEASONS_KEPT:
            self._read.popitem(last=False)
        return history

    def holds(self, sha256: str) -> bool:
        """True when the archive with this hash is there and whole."""
        try:
            self._verified(sha256)
        except BadArchive:
            return False
        return True

    def sweep(self, used: Collection[str]) -> int:
        """How many old files were removed to which no hash in ``used`` points."""
        oldest = time.time() - SWEPT_AFTER_S
        removed = 0
        for path in self.folder.glob(f"*{SUFFIX}"), self.folder.glob(".*"):
            for file in path:
                if file.stem not in used and file.stat().st_mtime < oldest:
                    file.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _verified(self, sha256: str) -> bytes:
        try:
            data = self.path(sha256).read_bytes()
        except OSError as error:
            raise BadArchive(
                f"Season archive {sha256[:12]} cannot be read: {error}", hint=INGEST_AGAIN
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BadArchive(f"The season archive {sha256[:12]} is not what was stored.", hint=INGEST_AGAIN)
        return data

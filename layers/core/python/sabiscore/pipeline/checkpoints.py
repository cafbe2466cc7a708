"""Checkpoints of the team states, so that a run replays new days only.

A checkpoint is named by its day and by a hash of every match up to it: ``20563-9f…c1.npz``. A late
correction changes the names from its day on, so the replay starts from the newest checkpoint before it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import season_start_year
from sabiscore.features.replay import state_after
from sabiscore.features.state import State, start
from sabiscore.features.vector import SCHEMA
from sabiscore.history import COLUMNS, History, date_of, day_number, join
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.store.database import Store
from sabiscore.store.rows import ids

RECENT_DAYS, SPARSE_DAYS, EVERY_DAYS = 7, 120, 14
"""Checkpoints of the last week are kept, and one of every other week for four months."""
STATES_KEY = "schedules:states"
"""The key of the CAS store that holds what the newest states were computed from, their hash and file name."""
LOADED_SEASONS = 1
"""Newest seasons whose matches are hashed one by one; older seasons count by the hash of their files."""


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """The played matches from the day ``begins`` on, in order; ``base`` is the hash of all older ones."""

    base: str
    begins: int
    recent: History

    def names(self) -> list[tuple[int, str]]:
        """(day, name) after each day of matches; the name is a hash of every match up to that day."""
        digest, names, content = hashlib.sha256(self.base.encode()), [], _bytes_of(self.recent)
        for rows in _days(self.recent):
            digest.update(content[rows].tobytes())
            names.append((int(self.recent.day[rows.start]), digest.hexdigest()[:24]))
        return names


def _bytes_of(history: History) -> npt.NDArray[np.uint8]:
    """uint8 [n, bytes of a match]: every column of each match, its teams by the hash of their names."""
    hashes = [hashlib.blake2b(team.encode(), digest_size=16).digest() for team in history.teams]
    named = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 16)
    columns = [getattr(history, name) for name in COLUMNS if name not in ("home", "away")]
    # A width of -1 cannot be inferred where there is no match.
    flat = [
        np.ascontiguousarray(column).reshape(len(history), math.prod(column.shape[1:])).view(np.uint8)
        for column in columns
    ]
    return np.concatenate([named[history.home], named[history.away], *flat], axis=1)


def states_at(
    now: datetime, *, unfiled: Sequence[History], store: Store, cas_store: CasStore, folder: Path
) -> Path:
    """The file in ``folder`` of the states after every match of the days (UTC) before ``now``.

    ``unfiled`` are the results that no season file has yet. Only days after the newest valid checkpoint are
    replayed, and none while nothing is new.
    """
    basis = _basis(store.archived(), unfiled, now)
    known, _, name = (cas_store.read(STATES_KEY) or "").partition(" ")
    path = folder / name
    if known == basis + _sha256(path):
        return path
    path = _advanced(store, folder, line_until(store, now, unfiled))
    compare_and_swap(cas_store, STATES_KEY, lambda _: f"{basis}{_sha256(path)} {path.name}")
    return path


def _basis(archived: Mapping[tuple[str, str], str], unfiled: Sequence[History], now: datetime) -> str:
    """A hash of all that states depend on: the day, the season files, unfiled results, the feature schema."""
    digest = hashlib.sha256(f"{SCHEMA} {now.date()} {sorted(archived.items())}".encode())
    for history in unfiled:
        digest.update("\n".join(ids(history)).encode())
        for name in COLUMNS:
            digest.update(np.ascontiguousarray(getattr(history, name)).tobytes())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    """The SHA-256 of the file at ``path``; "" where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        return ""


def _advanced(store: Store, folder: Path, line: ReplayLine) -> Path:
    """The file of the states after ``line``, replayed from the newest valid checkpoint."""
    names = [(line.begins - 1, line.base), *line.names()]
    wanted = {day: name for day, name in names if _is_kept(day, names[-1][0])} | dict(names[:1])
    folder.mkdir(parents=True, exist_ok=True)
    day, state = _newest(folder, names) or _before(store, line, folder)
    for upto, name in sorted(wanted.items()):
        if upto > day:
            rows = (line.recent.day > day) & (line.recent.day <= upto)
            state = state_after(line.recent.take(rows), state)
            state.save(path_of(folder, upto, name))
            day = upto
    _remove_others(folder, {path_of(folder, day, name) for day, name in wanted.items()})
    return path_of(folder, *names[-1])


def line_until(store: Store, now: datetime, unfiled: Sequence[History]) -> ReplayLine:
    """The played matches of the days before ``now``: those of season files, then the ``unfiled``."""
    newest = max((season_start_year(season) for _, season in store.archived()), default=now.year)
    year = newest - LOADED_SEASONS + 1
    return line_from(store, year=year, until=day_number(now.date()), unfiled=unfiled)


def line_from(store: Store, *, year: int, until: int, unfiled: Sequence[History]) -> ReplayLine:
    """The line that begins on 1 July of ``year`` and ends before the day number ``until``."""
    files, begins = store.archived(), date(year, 7, 1)
    old = sorted(sha256 for (_, season), sha256 in files.items() if season_start_year(season) < begins.year)
    base = hashlib.sha256("\n".join([begins.isoformat(), *old]).encode()).hexdigest()[:24]
    loaded = [
        store.archive.read(sha256)
        for (_, season), sha256 in sorted(files.items())
        if season_start_year(season) >= begins.year - 1
    ]
    history = join([*loaded, *unfiled])
    first = day_number(begins)
    recent = history.take((history.day >= first) & (history.day < until) & history.played)
    return ReplayLine(base, first, recent.in_order())


def _before(store: Store, line: ReplayLine, folder: Path) -> tuple[int, State]:
    """The last day before ``line`` and the state after it, which is saved in ``folder``.

    Replayed from the checkpoint a year earlier where there is one, from the first match otherwise.
    """
    earlier = line_from(store, year=date_of(line.begins).year - 1, until=line.begins, unfiled=())
    checkpoint = _newest(folder, [(earlier.begins - 1, earlier.base)])
    if checkpoint is not None:
        older, since = earlier.recent, checkpoint[1]
    else:
        history = store.history()
        older, since = history.take((history.day < line.begins) & history.played), start()
    state = state_after(older, since) if len(older) else since
    state.save(path_of(folder, line.begins - 1, line.base))
    return line.begins - 1, state


def _newest(folder: Path, names: Sequence[tuple[int, str]]) -> tuple[int, State] | None:
    """The day and state of the newest checkpoint among ``names`` that can be read; None without one."""
    for day, name in reversed(names):
        path = path_of(folder, day, name)
        if path.is_file():
            try:
                return day, State.load(path)
            except (OSError, EOFError, ValueError, KeyError, BadZipFile):
                path.unlink(missing_ok=True)  # torn or of another layout: the next older is tried
    return None


def _is_kept(day: int, newest: int) -> bool:
    age = newest - day
    return age <= RECENT_DAYS or (age <= SPARSE_DAYS and day % EVERY_DAYS == 0)


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    for path in folder.glob("*.npz"):
        if path not in wanted:
            path.unlink(missing_ok=True)


def path_of(folder: Path, day: int, name: str) -> Path:
    """The path in ``folder`` of the states after ``day``; ``name`` is the hash of every match up to it."""
    return folder / f"{day}-{name}.npz"


def _days(history: History) -> Iterator[slice]:
    """The rows of each day; ``history`` is in order."""
    edges = [0, *(np.flatnonzero(np.diff(history.day)) + 1).tolist(), len(history)]
    for begin, end in pairwise(edges):
        if end > begin:
            yield slice(begin, end)

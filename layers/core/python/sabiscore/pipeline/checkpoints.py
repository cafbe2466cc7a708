"""States of earlier days, so that only new days are replayed, and a late correction from just before it.

A checkpoint is named by its day and by a hash of every match up to it: ``20563-9f…c1.npz``. So one
that a correction has made wrong is simply not found any more, and the one before it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import season_start_year
from sabiscore.features.replay import replay
from sabiscore.features.state import State, start
from sabiscore.features.vector import SCHEMA
from sabiscore.history import COLUMNS, History, date_of, day_number, join
from sabiscore.jobs.context import JobContext
from sabiscore.net.cas_store import compare_and_swap
from sabiscore.pipeline.unfiled_results import observed_results
from sabiscore.store.rows import ids

RECENT_DAYS, SPARSE_DAYS, EVERY_DAYS = 7, 120, 14
"""Kept are checkpoints of the last week, and of every other week for four months."""
MADE = "schedules:states"
"""What the newest states were made from, the hash of their file and its name."""
LOADED_SEASONS = 1
"""The seasons whose matches are looked at one by one; older ones count by the hash of their files."""


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """The played matches from the day ``begins`` on, in order, after all older ones (``base`` names them)."""

    base: str
    begins: int
    recent: History

    def names(self) -> list[tuple[int, str]]:
        """(day, name) after each day of matches: the name says every match up to it."""
        digest, found, told = hashlib.sha256(self.base.encode()), [], _told(self.recent)
        for rows in _days(self.recent):
            digest.update(told[rows].tobytes())
            found.append((int(self.recent.day[rows.start]), digest.hexdigest()[:24]))
        return found


def _told(history: History) -> npt.NDArray[np.uint8]:
    """uint8 [n, bytes of a match]: all that is known of each match, its teams by the hash of their names."""
    hashes = [hashlib.blake2b(team.encode(), digest_size=16).digest() for team in history.teams]
    named = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 16)
    columns = [getattr(history, name) for name in COLUMNS if name not in ("home", "away")]
    flat = [np.ascontiguousarray(one).reshape(len(history), -1).view(np.uint8) for one in columns]
    return np.concatenate([named[history.home], named[history.away], *flat], axis=1)


def states_at(desk: JobContext, now: datetime) -> Path:
    """The file of the states before ``now``: all matches of earlier days (UTC) have been learnt from.

    Only days after the newest checkpoint that still holds are replayed, and none while nothing is new.
    """
    observed = observed_results(desk, now)
    mark = _mark(desk.store.archived(), observed, now)
    told, _, name = (desk.register.read(MADE) or "").partition(" ")
    path = desk.checkpoints / name
    if told == mark + _sha256(path):
        return path
    path = _advanced(desk, line_until(desk, now, observed))
    compare_and_swap(desk.register, MADE, lambda _: f"{mark}{_sha256(path)} {path.name}")
    return path


def _mark(archived: Mapping[tuple[str, str], str], observed: Sequence[History], now: datetime) -> str:
    """Differs whenever states may: by the day, the season files, what was observed, and our own features."""
    digest = hashlib.sha256(f"{SCHEMA} {now.date()} {sorted(archived.items())}".encode())
    for history in observed:
        digest.update("\n".join(ids(history)).encode())
        for name in COLUMNS:
            digest.update(np.ascontiguousarray(getattr(history, name)).tobytes())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    """Of the file at ``path``; "" where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        return ""


def _advanced(desk: JobContext, line: ReplayLine) -> Path:
    """The file of the states after ``line``, from the newest checkpoint that holds."""
    names = [(line.begins - 1, line.base), *line.names()]
    wanted = {day: name for day, name in names if _is_kept(day, names[-1][0])} | dict(names[:1])
    folder = desk.checkpoints
    folder.mkdir(parents=True, exist_ok=True)
    found = _newest(folder, names)
    day, state = found if found is not None else _before(desk, line, folder)
    for upto, name in sorted(wanted.items()):
        if upto > day:
            rows = (line.recent.day > day) & (line.recent.day <= upto)
            state = replay(line.recent.take(rows), state).state
            state.save(path_of(folder, upto, name))
            day = upto
    _forget(folder, {path_of(folder, *one) for one in wanted.items()})
    return path_of(folder, *names[-1])


def line_until(desk: JobContext, now: datetime, observed: Sequence[History]) -> ReplayLine:
    """The played matches of days before ``now``, season files first, then what was ``observed``."""
    newest = max((season_start_year(season) for _, season in desk.store.archived()), default=now.year)
    return line_from(desk, newest - LOADED_SEASONS + 1, day_number(now.date()), observed)


def line_from(desk: JobContext, year: int, until: int, observed: Sequence[History]) -> ReplayLine:
    """The line that begins in July of ``year``, of the days before ``until``."""
    files, begins = desk.store.archived(), date(year, 7, 1)
    old = sorted(sha256 for (_, season), sha256 in files.items() if season_start_year(season) < begins.year)
    base = hashlib.sha256("\n".join([begins.isoformat(), *old]).encode()).hexdigest()[:24]
    loaded = [
        desk.store.archive.read(sha256)
        for (_, season), sha256 in sorted(files.items())
        if season_start_year(season) >= begins.year - 1
    ]
    history = join([*loaded, *observed])
    first = day_number(begins)
    recent = history.take((history.day >= first) & (history.day < until) & history.played)
    return ReplayLine(base, first, recent.in_order())


def _before(desk: JobContext, line: ReplayLine, folder: Path) -> tuple[int, State]:
    """The state of all days before the line begins: that of the year before and its matches, or of all."""
    earlier = line_from(desk, date_of(line.begins).year - 1, line.begins, ())
    found = _newest(folder, [(earlier.begins - 1, earlier.base)])
    if found is not None:
        older, since = earlier.recent, found[1]
    else:
        history = desk.store.history()
        older, since = history.take((history.day < line.begins) & history.played), start()
    state = replay(older, since).state if len(older) else since
    state.save(path_of(folder, line.begins - 1, line.base))
    return line.begins - 1, state


def _newest(folder: Path, names: Sequence[tuple[int, str]]) -> tuple[int, State] | None:
    """The newest checkpoint that holds and can be read."""
    for day, name in reversed(names):
        path = path_of(folder, day, name)
        if path.is_file():
            try:
                return day, State.load(path)
            except (OSError, EOFError, ValueError, KeyError, BadZipFile):
                path.unlink(missing_ok=True)  # torn or of another layout: an older one serves
    return None


def _is_kept(day: int, newest: int) -> bool:
    age = newest - day
    return age <= RECENT_DAYS or (age <= SPARSE_DAYS and day % EVERY_DAYS == 0)


def _forget(folder: Path, kept: set[Path]) -> None:
    for path in folder.glob("*.npz"):
        if path not in kept:
            path.unlink(missing_ok=True)


def path_of(folder: Path, day: int, name: str) -> Path:
    """Where the states after ``day`` are kept in ``folder``; ``name`` says every match up to it."""
    return folder / f"{day}-{name}.npz"


def _days(history: History) -> Iterator[slice]:
    """The rows of each day; ``history`` is in order."""
    edges = [0, *(np.flatnonzero(np.diff(history.day)) + 1).tolist(), len(history)]
    for begin, end in pairwise(edges):
        if end > begin:
            yield slice(begin, end)

"""Season files into the store: what changed is read, what did not is left alone, all is counted."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.match import Match, season_start_year
from sabiscore.errors import BadSeasonFile
from sabiscore.identity.spellings import digest
from sabiscore.seasons.content import SeasonContent, content_of
from sabiscore.seasons.report import FileReport, IngestReport, Status
from sabiscore.sources.base import Parsed
from sabiscore.sources.football_data import PARSER, FootballData
from sabiscore.sources.football_data_names import (
    FileName,
    extra_league,
    is_fixtures,
    is_season_file,
    read_file_name,
)
from sabiscore.sources.football_data_table import MOST_TABLE_BYTES
from sabiscore.store.changes import SeasonChanges
from sabiscore.store.club_names import is_unknown, refused_rows
from sabiscore.store.database import SeasonFile, Store

Progress = Callable[[int, int, str], None]
"""Told how many files are done, how many there are, and the name of the last one."""

WORKERS = 2
POOL_FROM = 40
"""From so many changed files on it pays to start worker processes."""
EXAMPLES = 10
"""Refused rows that a report quotes of each file."""


def season_files_in(folder: Path) -> tuple[list[Path], list[str]]:
    """The season files and fixtures.csv below ``folder``, and the names of other CSV files there.

    Raises BadSeasonFile when there is no such folder, or nothing of use in it.
    """
    if not folder.is_dir():
        raise BadSeasonFile(
            f"There is no folder {str(folder)!r}.",
            hint="Name the folder that holds season files such as E0_2425.csv.",
        )
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".csv" and path.is_file())
    wanted = [path for path in found if is_season_file(_full_name(path)) or is_fixtures(path.name)]
    if not wanted:
        extra = sum(extra_league(path.name) is not None for path in found)
        raise BadSeasonFile(
            f"There are no season files in {str(folder)!r}"
            + (f", only {extra} of extra leagues, which are not read." if extra else "."),
            hint="They are named like E0_2425.csv, or lie in a folder a season, like 2425/E0.csv.",
        )
    return wanted, [path.name for path in found if path not in set(wanted)]


def ingest(
    files: Path | Iterable[Path],
    store: Store,
    *,
    kind: DataKind = "real",
    on_progress: Progress | None = None,
    workers: int = WORKERS,
    accept: bool = False,
) -> IngestReport:
    """Brings ``store`` to what ``files`` say (paths, or a folder), and reports on each of them.

    ``accept`` takes season files that look cut too: the report names what was lost. A file that cannot
    be used is reported and the others go on. Raises BadSeasonFile when there is
    nothing to read at all, BadStore when the store holds matches of another kind.
    """
    paths, ignored = season_files_in(files) if isinstance(files, Path) else (list(files), [])
    store.claim(kind)
    reports: list[FileReport] = []
    with _collection_paused():
        for report in _reports(paths, store, workers, accept):
            reports.append(report)
            if on_progress is not None:
                on_progress(len(reports), len(paths), report.name)
    store.sweep()
    return IngestReport(kind, tuple(sorted(reports, key=lambda report: report.name)), tuple(ignored))


@contextmanager
def _collection_paused() -> Iterator[None]:
    """No search for cyclic garbage meanwhile: there is none, and the search takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _reports(paths: Sequence[Path], store: Store, workers: int, accept: bool) -> Iterator[FileReport]:
    seasons: dict[tuple[str, str], tuple[Path, FileName]] = {}
    for path in paths:
        if is_fixtures(path.name):
            continue
        try:
            target = read_file_name(_full_name(path))
            first = seasons.setdefault((target.league.division, target.season), (path, target))
            if first[0] != path:
                raise BadSeasonFile(f"{first[0]} is the same season.", hint="Keep one of the two.")
        except BadSeasonFile as error:
            yield _failed(path, error)
    # The newest first: SQL holds only the newest seasons of a division, so none is put in to be
    # thrown out by the next.
    newest_first = sorted(seasons.values(), key=lambda item: -season_start_year(item[1].season))
    yield from _season_reports(newest_first, store, workers, accept)
    for path in paths:
        if is_fixtures(path.name):
            yield _fixtures_report(path, store)


def _season_reports(
    seasons: Sequence[tuple[Path, FileName]], store: Store, workers: int, accept: bool
) -> Iterator[FileReport]:
    stored = store.season_files({target.season for _, target in seasons})
    read_by = store.read_by()
    todo = []
    for path, target in seasons:
        key = target.league.division, target.season
        known, same_names = stored.get(key), read_by.get(key) == digest(target.league.country)
        if known is not None and same_names and _is_unchanged(path, known, store):
            yield _unchanged(path, known)
        else:
            todo.append((path, target))
    for (path, target), read in zip(todo, _read_all([path for path, _ in todo], workers), strict=True):
        known = stored.get((target.league.division, target.season))
        yield _stored(path, target, read, store, is_new=known is None, accept=accept)


def _is_unchanged(path: Path, known: SeasonFile, store: Store) -> bool:
    """True when nothing would be read otherwise than before; a name that was unknown is looked at again."""
    if any(map(is_unknown, known.refused)):
        return False
    try:
        same = known.parser == PARSER and hashlib.sha256(_content(path)).hexdigest() == known.sha256
    except BadSeasonFile:
        return False
    return same and store.archive.holds(known.archive_sha256)


def _read_all(paths: Sequence[Path], workers: int) -> Iterator[SeasonContent | BadSeasonFile]:
    if workers < 2 or len(paths) < POOL_FROM:
        yield from map(_read, paths)
        return
    # spawn, not fork: the parent holds database connections and may have threads.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=gc.disable) as pool:
        yield from pool.map(_read, paths, chunksize=4)


def _read(path: Path) -> SeasonContent | BadSeasonFile:
    """The content of ``path``, or the error that it is; runs in a worker process too."""
    try:
        return content_of(str(read_file_name(_full_name(path))), _content(path))
    except BadSeasonFile as error:
        return error


def _full_name(path: Path) -> str:
    """With all its folders: the season of ``2425/E0.csv`` is the name of its folder."""
    return path.resolve().as_posix()


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_TABLE_BYTES + 1)
    except OSError as error:
        raise BadSeasonFile(f"{path.name} cannot be read: {error.strerror}.", hint=f"See {path}.") from error


def _stored(
    path: Path,
    target: FileName,
    read: SeasonContent | BadSeasonFile,
    store: Store,
    *,
    is_new: bool,
    accept: bool,
) -> FileReport:
    if isinstance(read, BadSeasonFile):
        return _failed(path, read, target)
    division, season = target.league.division, target.season
    refused = dict(Counter(row.reason for row in read.parsed.refused))
    rows = len(read.history) + len(read.parsed.refused)
    record = SeasonFile(
        division=division,
        season=season,
        sha256=read.sha256,
        parser=PARSER,
        rows=rows,
        matches=len(read.history),
        refused=refused,
    )
    try:
        changes = store.replace_season(record, read.history, read.parsed.names, accept=accept)
    except BadSeasonFile as error:
        return _failed(path, error, target)
    return FileReport(
        name=path.name,
        status="new" if is_new else "changed",
        division=division,
        season=season,
        rows=rows,
        matches=len(read.history) - _left_out(changes),
        **_findings(read.parsed, changes),
        lost=changes.lost if accept else (),
    )


def _fixtures_report(path: Path, store: Store) -> FileReport:
    try:
        parsed = FootballData().parse(path.name, _content(path))
    except BadSeasonFile as error:
        return _failed(path, error)
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    changes = store.replace_fixtures(
        [_priced_by(match, written_at) for match in parsed.matches], parsed.names
    )
    status: Status = "changed" if changes.any else "unchanged"
    return FileReport(
        name=path.name,
        status=status,
        rows=parsed.rows,
        matches=len(parsed.matches) - _left_out(changes),
        **_findings(parsed, changes),
    )


def _priced_by(match: Match, at: datetime) -> Match:
    """``match`` with prices no younger than the file they stand in, whatever day is usual."""
    if match.priced_at is None or match.priced_at <= at:
        return match
    return replace(match, priced_at=at.replace(microsecond=0))


def _findings(parsed: Parsed, changes: SeasonChanges) -> dict[str, Any]:
    return {
        "refused": {**Counter(row.reason for row in parsed.refused), **refused_rows(changes.unknown)},
        "examples": parsed.refused[:EXAMPLES],
        "new": len(changes.new),
        "changed": len(changes.changed),
        "same": changes.unchanged,
        "gone": len(changes.gone),
        "moved": len(changes.moved),
        "turned": len(changes.turned),
        "renamed": len(changes.renamed),
        "clubs": dict(changes.clubs),
        "unknown_names": tuple(f"{name.alias_line}  ({name.reason})" for name, _ in changes.unknown),
        "set_aside": dict(sorted(parsed.notes.set_aside.items())),
        "unknown_books": parsed.notes.unknown_books,
        "unknown_columns": parsed.notes.unknown_columns,
    }


def _unchanged(path: Path, known: SeasonFile) -> FileReport:
    return FileReport(
        name=path.name,
        status="unchanged",
        division=known.division,
        season=known.season,
        rows=known.rows,
        matches=known.matches,
        refused=known.refused,
        same=known.matches,
    )


def _failed(path: Path, error: BadSeasonFile, target: FileName | None = None) -> FileReport:
    division, season = (target.league.division, target.season) if target else ("", "")
    return FileReport(
        name=path.name,
        status="failed",
        division=division,
        season=season,
        error=str(error),
        hint=error.hint,
        lost=error.lost,
    )


def _left_out(changes: SeasonChanges) -> int:
    return sum(count for _, count in changes.unknown)

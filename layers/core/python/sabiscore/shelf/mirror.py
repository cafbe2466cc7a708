"""A home beside its copy in a bucket: fetched before a run, put back after it.

A part's index is swapped for the one that was fetched, so that of two who put back at once the second one
finds out: what both changed is lost to it, what only one of them changed is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sabiscore.errors import BadShelf, JobLost
from sabiscore.insights.publish import COMING
from sabiscore.insights.whole import put_whole
from sabiscore.shelf import index
from sabiscore.shelf.objects import Changed, Objects

PARTS = ("models", "publication", "checkpoints", "archive", "away")
PUT_ONLY = ("backups",)
"""Never fetched: who wants one back asks for it by hand."""
POINTERS = (COMING, "production", "challenger", "record.json", "calibration.json", "days.json")
"""Files that tell of others, or are swapped for a newer one: put down after those."""
BASE = ".shelf"
"""Folder of a home that says what was fetched last."""
TRIES = 5
AT_ONCE = 8
KEPT_FOR = timedelta(days=2)
"""Bytes that no index names stay this long, for readers that are still fetching."""


@dataclass(frozen=True, slots=True)
class Base:
    """What was fetched last of a part: its files, and the ETag of its index ("" before the first)."""

    files: index.Files
    etag: str


class Mirror:
    """``home`` and its copy in ``objects``."""

    def __init__(self, home: Path, objects: Objects) -> None:
        self._home = home
        self._objects = objects

    def pull(self, part: str) -> int:
        """How many files of ``part`` were fetched; the others are what the bucket has already.

        What was changed here and not there since the last time stays, to be put back; what was changed in
        both is as it is there. Files that left the bucket leave the home too. Raises ShelfUnavailable, and
        BadShelf for bytes that are not what their name says; then nothing that tells of them is put down.
        """
        base = self._base(part)
        fetched = self._objects.get(index.index_key(part), unless=base.etag)
        if fetched is None:
            return 0
        files, folder = index.read(fetched.data), self._home / part
        wanted = [path for path in files if self._is_behind(folder / path, files[path], base.files.get(path))]
        plain = [path for path in wanted if path not in POINTERS]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda path: self._fetch(folder / path, files[path]), plain))
        for path in wanted:
            if path in POINTERS:
                self._fetch(folder / path, files[path])
        for path in base.files.keys() - files.keys():
            (folder / path).unlink(missing_ok=True)
        self._keep(part, Base(files, fetched.etag))
        return len(wanted)

    def push(self, part: str, *, over: bool = False) -> int:
        """How many files of ``part`` were put into the bucket.

        Raises ShelfUnavailable, and JobLost where somebody else has put down another of the same files
        since ``pull``: then the bucket stays as it is. With ``over`` ours take their place.
        """
        mine, base = _files(self._home / part), self._base(part)
        if mine == base.files and not over:
            return 0
        sent = self._send_all(part, {path: mine[path] for path in mine if base.files.get(path) != mine[path]})
        for _ in range(TRIES):
            fetched = self._objects.get(index.index_key(part))
            theirs = Base(index.read(fetched.data), fetched.etag) if fetched else Base({}, "")
            files = {**theirs.files, **mine} if over else index.merged(base.files, mine, theirs.files)
            with suppress(Changed):
                etag = self._objects.swap(index.index_key(part), index.write(files), theirs.etag)
                # What others put down meanwhile is for the next pull to fetch: hence no ETag.
                self._keep(part, Base(mine, etag if files == mine else ""))
                return sent
        raise JobLost("Others put things into the bucket all the time.", hint="The next run tries again.")

    def _send_all(self, part: str, files: index.Files) -> int:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda path: self._send(part, path, files[path]), files))
        return len(files)

    def sweep(self, now: datetime) -> int:
        """How many files were removed from the bucket that no index has named for two days."""
        used = set[str]()
        for part in (*PARTS, *PUT_ONLY):
            fetched = self._objects.get(index.index_key(part))
            used |= set(index.read(fetched.data).values()) if fetched else set()
        oldest, removed = now - KEPT_FOR, 0
        for one in self._objects.every(index.file_key("")):
            if one.key.removeprefix(index.file_key("")) not in used and one.put_at < oldest:
                self._objects.remove(one.key)
                removed += 1
        return removed

    def waiting(self, part: str) -> tuple[int, bool]:
        """(files of ``part`` changed here since the last pull, whether the bucket has another index)."""
        base, mine = self._base(part), _files(self._home / part)
        here = sum(base.files.get(path) != mine.get(path) for path in base.files.keys() | mine.keys())
        return here, self._objects.get(index.index_key(part), unless=base.etag) is not None

    def _is_behind(self, path: Path, there: str, before: str | None) -> bool:
        here = _sha256(path)
        return here != there and (not here or there != before)

    def _fetch(self, path: Path, sha256: str) -> None:
        fetched = self._objects.get(index.file_key(sha256))
        if fetched is None or hashlib.sha256(fetched.data).hexdigest() != sha256:
            raise BadShelf(
                f"The bucket's copy of {path.name} is not what its name says.",
                hint="Remove the object and push again from a good home.",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        put_whole(path, fetched.data)

    def _send(self, part: str, path: str, sha256: str) -> None:
        try:
            data = (self._home / part / path).read_bytes()
        except FileNotFoundError:
            data = b""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise JobLost(f"{path} changed while it was put away.", hint="The next run puts it away.")
        self._objects.put(index.file_key(sha256), data)

    def _base(self, part: str) -> Base:
        try:
            told = json.loads((self._home / BASE / f"{part}.json").read_bytes())
            return Base(dict(told["files"]), str(told["etag"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Base({}, "")  # never fetched, or torn: everything is compared anew

    def _keep(self, part: str, base: Base) -> None:
        folder = self._home / BASE
        folder.mkdir(parents=True, exist_ok=True)
        told = json.dumps({"files": dict(base.files), "etag": base.etag})
        put_whole(folder / f"{part}.json", told.encode())


def _files(folder: Path) -> dict[str, str]:
    """Every file below ``folder`` but those that somebody is still writing."""
    found: dict[str, str] = {}
    for path in _below(folder):
        sha256 = _sha256(path)
        if sha256:
            found[path.relative_to(folder).as_posix()] = sha256
    return found


def _below(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""

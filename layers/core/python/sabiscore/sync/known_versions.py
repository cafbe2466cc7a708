"""What a data folder knows of its bucket: which version of each file it was brought, or took there."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sabiscore.files import write_atomically

FILE, LOCK, TURN = ".shelf.json", ".shelf.lock", ".shelf.turn"


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A file was the same in the home and in the bucket: its etag there, its SHA-256 here."""

    etag: str
    sha256: str


class KnownVersions:
    """By the path in the data folder, what is known; written at once, so that a killed process keeps it.

    A memory that cannot be read is an empty one: everything is then looked at again.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        try:
            saved = json.loads(self._path.read_bytes())
            self._known = {
                str(path): KnownVersion(str(etag), str(sha256)) for path, (etag, sha256) in saved.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            self._known = {}

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def of(self, path: str) -> KnownVersion | None:
        """What is known of ``path``."""
        return self._known.get(path)

    def learn(self, known: Mapping[str, KnownVersion]) -> None:
        """These files are the same here and there."""
        if known.items() - self._known.items():
            self._known.update(known)
            self._write()

    def forget(self, *paths: str) -> None:
        """Nothing is known of ``paths`` any more."""
        if [self._known.pop(path) for path in paths if path in self._known]:
            self._write()

    def paths(self) -> list[str]:
        """Every path of which something is known."""
        return sorted(self._known)

    def _write(self) -> None:
        plain = {path: [known.etag, known.sha256] for path, known in sorted(self._known.items())}
        write_atomically(self._path, json.dumps(plain).encode())


@contextmanager
def alone(data_dir: Path, *, wait: bool = True) -> Iterator[bool]:
    """Whether this is the only pull or push of ``home`` meanwhile; without ``wait`` it may not be."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def under_way(data_dir: Path) -> Iterator[None]:
    """Work in ``home``, of several at once perhaps; whoever only looks keeps out of it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / TURN).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def idle(data_dir: Path) -> Iterator[bool]:
    """Whether nobody's work in ``home`` is under way, and none begins meanwhile."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / TURN).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True

"""Files and folders that appear whole or not at all, and stay through a power cut.

Each is written under a temporary name of its own, synced, renamed into place, and its parent folder synced.
A failure removes the temporary file and leaves what was there before.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sabiscore.errors import DiskUnavailable

UNFINISHED = ".unfinished-"
"""Begins the name of what is not finished yet: a killed writer leaves it behind."""

_FULL = {errno.ENOSPC: "The disk is full", errno.EDQUOT: "The disk quota is used up"}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_OTHER = {errno.EIO, errno.EFBIG, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG}


def write_atomically(path: Path, content: bytes, *, prefix: str = UNFINISHED) -> None:
    """Replaces ``path`` by ``content`` in one step; makes its folder if need be.

    ``prefix`` begins the temporary name. Raises DiskUnavailable.
    """
    with replacing(path, prefix=prefix) as part:
        part.write_bytes(content)


@contextmanager
def replacing(path: Path, *, prefix: str = UNFINISHED) -> Iterator[Path]:
    """An empty file in the folder of ``path`` that takes its place when the block ends without an error.

    For what is written piece by piece; ``prefix`` begins the temporary name. Raises DiskUnavailable.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
        os.close(handle)
        part = Path(name)
        try:
            yield part
            move_into_place(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def new_folder(path: Path, *, prefix: str = UNFINISHED, scratch: Path | None = None) -> Iterator[Path]:
    """An empty folder of the same name that becomes ``path`` when the block ends without an error.

    It lies below ``scratch``, by default the parent of ``path``. Raises FileExistsError for a ``path`` that
    is there already, and DiskUnavailable.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists already")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=scratch or path.parent) as outer:
            part = Path(outer) / path.name
            part.mkdir()
            yield part
            for file in (*part.iterdir(), part):
                _sync(file)
            part.rename(path)
        _sync(path.parent)


def move_into_place(part: Path, path: Path) -> None:
    """Replaces ``path`` by the finished file ``part`` of the same disk. Raises DiskUnavailable."""
    with disk_errors(path):
        part.chmod(0o644)
        _sync(part)
        part.replace(path)
        _sync(path.parent)


@contextmanager
def disk_errors(path: Path | None = None) -> Iterator[None]:
    """Turns errors of the disk into DiskUnavailable with ``path`` in its message; others pass as they are.

    Without ``path``, for a whole command or run, every error that names a file is one of the disk.
    """
    try:
        yield
    except OSError as error:
        found = disk_error(error, path)
        if found is None:
            raise
        raise found from error


def disk_error(error: OSError, path: Path | None = None) -> DiskUnavailable | None:
    """What ``error`` says of the disk, of ``path`` or of the file it names; None where no disk failed."""
    place = path or error.filename
    if error.errno in _FULL:
        return full_disk(place, _FULL[error.errno])
    if error.errno in _DENIED:
        return denied(place, error.strerror)
    if error.errno in _OTHER or (path is None and error.filename is not None):
        return broken(place, error.strerror)
    return None


def full_disk(place: Path | str | None, sentence: str = "The disk is full") -> DiskUnavailable:
    """Of a disk without room for ``place``."""
    return DiskUnavailable(
        f"{sentence}: {place or 'a file'} could not be written.",
        hint="Free some space and try again; what was there before is unchanged.",
    )


def denied(place: Path | str | None, reason: str | None) -> DiskUnavailable:
    """Of a ``place`` that this user may not write."""
    return DiskUnavailable(
        f"{place or 'A file'} could not be written: {reason}.",
        hint="Make its folder writable for this user, or set SABISCORE_HOME to one that is.",
    )


def broken(place: Path | str | None, reason: str | None) -> DiskUnavailable:
    """Of a ``place`` that is not what it should be, or a disk that fails."""
    return DiskUnavailable(
        f"{place or 'A file'} could not be written: {reason}.",
        hint="Check the folder and the disk; what was there before is unchanged.",
    )


def _sync(path: Path) -> None:
    """Puts the content of a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

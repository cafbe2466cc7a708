"""Whether a file was replaced: asked for by every request, so it must cost next to nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

Stamp = tuple[int, int, int]


def stamp(path: Path | str) -> Stamp | None:
    """Something that changes whenever the file ``path`` is replaced by another; None without one."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path puts itself together on each call
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


class FileStamp:
    """The stamp of one file, looked at once in each turn of an event loop.

    Requests that a loop has read in one turn begin in the next, so one look then serves them all and is
    younger than each of them. Where no loop runs every call looks.
    """

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)  # putting it together anew costs as much as looking
        self._turn: asyncio.AbstractEventLoop | None = None
        self._seen: Stamp | None = None

    def __call__(self) -> Stamp | None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return stamp(self._path)
        if self._turn is not loop:
            self._seen = stamp(self._path)
            self._turn = loop
            loop.call_soon(self._end_of_turn)
        return self._seen

    def _end_of_turn(self) -> None:
        self._turn = None

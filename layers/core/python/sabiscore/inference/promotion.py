"""Moves of a pointer: one writer at a time over all processes, and whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sabiscore.errors import Refused
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.pointer import PointerChange, Why, read_changes, standing
from sabiscore.inference.predict import OnnxModel

TEMPORARY = ".writing-"
"""Begins the name of everything in a registry that is not finished yet."""


@contextmanager
def writing(registry: Path) -> Iterator[None]:
    """The only writer of ``registry`` meanwhile; clears away what a killed one left unfinished."""
    registry.mkdir(parents=True, exist_ok=True)
    with (registry / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in registry.glob(f"{TEMPORARY}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def move(pointer: Path, version: str, why: Why, at: datetime, because: str = "") -> None:
    """``pointer`` names ``version`` from now on. Only for who is ``writing``."""
    moves = (*read_changes(pointer), PointerChange(version, at.isoformat(), why, because))
    lines = [json.dumps(asdict(one)) for one in moves]
    write_atomically(pointer, ("\n".join(lines) + "\n").encode())


def roll_back(
    registry: Path, pointer: str, schema: str, at: datetime, *, off: str | None = None, because: str = ""
) -> str:
    """The version that ``pointer`` named before its newest promotion, which it names again.

    ``off`` is the version to go back from, whatever is current by default. Rolling back twice goes back
    two promotions. Raises Refused when there is nothing before, or ``off`` is not current any more, and
    BadBundle when the one before cannot be used.
    """
    with writing(registry):
        stack = standing(read_changes(registry / pointer))
        if len(stack) < 2:
            raise Refused(f"No bundle was {pointer} before.", hint="Promote another one instead.")
        if off not in (None, stack[-1]):
            raise Refused(f"Bundle {off} is not {pointer} any more.")
        OnnxModel(read_bundle(registry / stack[-2], schema))
        move(registry / pointer, stack[-2], "rollback", at, because)
        return stack[-2]


def write_atomically(path: Path, data: bytes) -> None:
    """``path`` holds ``data``, or what it held before: never a part of it."""
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write_durably(temporary, data)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_durably(path: Path, data: bytes) -> None:
    """``path`` holds ``data``, on the disk and not in its queue."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Makes a rename inside ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

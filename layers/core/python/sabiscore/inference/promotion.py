"""Moves of a pointer: one writer at a time over all processes, and whole or not at all."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sabiscore.errors import Refused
from sabiscore.files import disk_errors, write_atomically
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.pointer import PointerChange, Why, read_changes, standing
from sabiscore.inference.predict import OnnxModel

TEMPORARY = ".writing-"
"""Begins the name of everything in a registry that is not finished yet."""


@contextmanager
def writing(registry: Path) -> Iterator[None]:
    """The only writer of ``registry`` meanwhile; clears away what a killed one left unfinished."""
    with disk_errors(registry / ".lock"):
        registry.mkdir(parents=True, exist_ok=True)
        lock = (registry / ".lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in registry.glob(f"{TEMPORARY}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def move(pointer: Path, version: str, why: Why, at: datetime, because: str = "") -> None:
    """``pointer`` names ``version`` from now on. Only for who is ``writing``."""
    moves = (*read_changes(pointer), PointerChange(version, at.isoformat(), why, because))
    lines = [json.dumps(asdict(change)) for change in moves]
    write_atomically(pointer, ("\n".join(lines) + "\n").encode(), prefix=TEMPORARY)


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

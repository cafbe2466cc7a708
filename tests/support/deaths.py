"""Processes that end themselves, as ``kill -9`` does, at a step that was chosen, whatever the clock says.

A step is a statement of SQL or its commit, a call of a stream or a bucket, a line of a file: whatever hands
itself to ``Fuse.step``. The processes are forked by a server that has opened nothing, so that none of them
inherits a connection.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, event

ENDS_S = 600.0
"""After which a process hangs; one that works needs a second."""
PRELOADED = (
    "onnxruntime",
    "psycopg",
    "pytest",
    "sabiscore.bootstrap.job_context",
    "sabiscore.cache.upstash_client",
    "sabiscore.inference.loader",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "tests.support.deaths",
)
_BEFORE = {"before_cursor_execute": "before", "after_cursor_execute": "after"}


@dataclass
class Fuse:
    """Lets ``left`` steps pass; at the next one this process adds its name to ``deaths`` and kills itself."""

    left: int
    deaths: Path

    def step(self, name: str) -> None:
        """What ``name`` says is about to be done, or is done."""
        self.left -= 1
        if self.left >= 0:
            return
        with self.deaths.open("a") as file:
            file.write(f"{name}\n")
        os.kill(os.getpid(), signal.SIGKILL)

    def count_statements(self) -> None:
        """From here on each statement that this process executes is two steps, and each commit is one."""
        for moment, word in _BEFORE.items():
            event.listen(Engine, moment, self._of_statement(word))
        event.listen(Engine, "commit", lambda _: self.step("before COMMIT"))

    def _of_statement(self, word: str) -> Callable[..., None]:
        def step(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            self.step(f"{word} {' '.join(statement.split())[:60]}")

        return step


def draws(seed: int, deaths: int, steps: int) -> list[int]:
    """After how many steps each of ``deaths`` processes dies: anywhere in its first ``steps``."""
    chance = Random(seed)
    return [chance.randrange(steps) for _ in range(deaths)]


def exit_code(work: Callable[..., object], *arguments: object) -> int:
    """How a process ended that did ``work(*arguments)``; a negative number is the signal that killed it."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    process = context.Process(target=work, args=arguments)
    process.start()
    process.join(ENDS_S)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"it still worked after {ENDS_S:g} s")
    return process.exitcode

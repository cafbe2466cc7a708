"""The copy that requests are answered from, brought to what the bucket holds at most once a minute.

A request that finds the last look too old waits a moment for a new one, which goes on behind it when it
takes longer: answers are then made from the copy that is there, with its true age, and health says so.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sabiscore.errors import SabiScoreError

EVERY_MS = 60_000
WAIT_S = 1.0
LATE_MS = 300_000
"""A bucket that was not read for so long is told of by health."""


@dataclass(frozen=True, slots=True)
class Looked:
    """When a look last succeeded (ms, None before the first), and what went wrong with the last one."""

    good_ms: int | None
    failure: SabiScoreError | None


class Watch:
    """``fetch`` brings the home to what the bucket holds; ``now`` gives milliseconds.

    ``home`` is filled from ``seed`` first, where it is empty: what was deployed serves until the bucket has
    been read.
    """

    def __init__(
        self, home: Path, seed: Path | None, fetch: Callable[[], object], now: Callable[[], int]
    ) -> None:
        self._home = home
        self._seed = seed
        self._fetch = fetch
        self._now = now
        self._begun_ms: int | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked = Looked(None, None)

    def look(self) -> None:
        """Looks when the last look is a minute old; waits a second for it at the most."""
        thread = self._begun()
        if thread is not None:
            thread.join(WAIT_S)

    def warning(self) -> str | None:
        """A sentence when what is served may be older than what the bucket holds; else None."""
        looked, now = self._looked, self._now()
        if looked.failure is None and (looked.good_ms is None or now - looked.good_ms <= LATE_MS):
            return None
        age = "never" if looked.good_ms is None else f"{(now - looked.good_ms) // 1000} s ago"
        return f"The bucket was last read {age}. {looked.failure or ''}".rstrip()

    def _begun(self) -> threading.Thread | None:
        """The look that this caller is to wait for."""
        with self._lock:
            now = self._now()
            if self._begun_ms is not None and 0 <= now - self._begun_ms < EVERY_MS:
                return None
            if self._thread is not None and self._thread.is_alive():
                return None
            if self._begun_ms is None:
                self._fill()
            self._begun_ms = now
            self._thread = threading.Thread(target=self._run, name="shelf", daemon=True)
            self._thread.start()
            return self._thread

    def _run(self) -> None:
        try:
            self._fetch()
            self._looked = Looked(self._now(), None)
        except SabiScoreError as error:
            self._looked = Looked(self._looked.good_ms, error)

    def _fill(self) -> None:
        if self._seed is None or not self._seed.is_dir():
            return
        for name in ("models", "publication"):
            if (self._seed / name).is_dir() and not (self._home / name).exists():
                unfinished = self._home / f".{name}-seed"
                shutil.rmtree(unfinished, ignore_errors=True)
                shutil.copytree(self._seed / name, unfinished)
                unfinished.rename(self._home / name)

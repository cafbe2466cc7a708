"""Waits for what only real time can bring: the one place of the tests that reads a stop-watch.

A time limit here only ends a hang. It says nothing of how fast anything is, so it is far above what a busy
machine needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

HANG_S = 60.0
PAUSE_S = 0.005


def until(look: Callable[[], T], holds: Callable[[T], object] = bool, *, hang_s: float = HANG_S) -> T:
    """The first value of ``look()`` for which ``holds`` is true.

    Raises AssertionError with the last value once ``hang_s`` seconds have passed.
    """
    give_up = time.monotonic() + hang_s
    while not holds(value := look()):
        assert time.monotonic() < give_up, f"still {value!r} after {hang_s:g} s"
        time.sleep(PAUSE_S)
    return value

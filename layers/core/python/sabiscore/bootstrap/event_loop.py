"""An event loop for who waits on a thread."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns, run by an event loop of its own. Not to be called where one runs already."""
    import asyncio  # a schedule starts without it: the jobs that need a loop ask for one

    return asyncio.run(work)

"""The few threads in which answers are made, and how long a queue may stand before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from sabiscore.errors import Overloaded

T = TypeVar("T")

THREADS = 2
"""One computes in Python while the other is in the graph; more would only take turns, and hits with them."""
MOST_WAITING = 14


class Makers:
    """Runs work in ``threads`` threads; raises Overloaded at once where ``most_waiting`` wait already.

    So the time that a miss can take is bounded, and a hit never stands behind misses: it needs no thread.
    """

    def __init__(self, threads: int = THREADS, most_waiting: int = MOST_WAITING) -> None:
        self._most = threads + most_waiting
        self._under_way = 0
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="maker")

    async def make(self, work: Callable[[], T]) -> T:
        """What ``work`` gives or raises."""
        if self._under_way >= self._most:
            raise Overloaded(
                f"{self._under_way} answers are being made already.", hint="Ask again in a second."
            )
        self._under_way += 1
        try:
            run = copy_context().run  # log lines of the thread carry the request's id
            return await asyncio.get_running_loop().run_in_executor(self._threads, run, work)
        finally:
            self._under_way -= 1

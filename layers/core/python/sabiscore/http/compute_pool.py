"""Where answers are made, how many at a time, and how long a queue may stand before that.

The first answer of its sort loads what it is made from (numpy, the graph, the states, a batch of forecasts):
that takes long and is done in a thread. The next ones take milliseconds of pure computing. In a thread those
would fight the event loop for Python's one lock, which it gives up and wants back six times a request, and
every hit would wait out a switch interval each time; so they are made in turn on the loop itself, which hears
whoever has come before it begins the next.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from sabiscore.errors import Overloaded

T = TypeVar("T")

MOST = 64
"""Answers that are being made or wait for their turn: half a second's work at the most."""
TURNS = 4
"""Of the event loop before each: who finds no place left is refused before the next answer is sent."""


class ComputePool:
    """Makes at most ``most`` answers; raises Overloaded at once for more, so that nobody waits long."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._under_way = 0
        self._loaded: dict[Hashable, Hashable] = {}
        self._last: asyncio.Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="maker")

    @property
    def are_full(self) -> bool:
        """Whether the next work would be refused."""
        return self._under_way >= self._most

    def overloaded(self) -> Overloaded:
        """What to raise then."""
        return Overloaded(f"{self._most} answers are being made already.", hint="Ask again in a second.")

    async def make(self, sort: Hashable, made_of: Hashable, work: Callable[[], T]) -> T:
        """What ``work`` gives or raises: an answer of ``sort``, made from ``made_of``."""
        if self.are_full:
            raise self.overloaded()
        self._under_way += 1
        try:
            if self._loaded.get(sort) == made_of:
                return await self._in_turn(work)
            run = copy_context().run  # log lines of the thread carry the request's id
            made = await asyncio.get_running_loop().run_in_executor(self._thread, run, work)
            if sort not in self._loaded:
                # What was loaded stays. Looking through it for garbage again and again took 50 ms each time.
                gc.freeze()
            self._loaded[sort] = made_of
            return made
        finally:
            self._under_way -= 1

    async def _in_turn(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        before, mine = self._last, loop.create_future()
        self._last = mine
        try:
            if before is not None and before.get_loop() is loop:
                await asyncio.wait({before})
            for _ in range(TURNS):
                await asyncio.sleep(0)
            return work()
        finally:
            mine.set_result(None)

"""Work that many ask for at once and that is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Callers of one name while its work runs get what that work gives, or raises.

    The work outlives a caller that goes away. A run begun on an event loop that ended is forgotten.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    async def do(self, name: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        if not self.runs(name):
            task = self._running[name] = _start(work)
            task.add_done_callback(lambda ended: self._forget(name, ended))
        return await asyncio.shield(self._running[name])

    def runs(self, name: Hashable) -> bool:
        """Whether the work called ``name`` is under way."""
        task = self._running.get(name)
        return task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()

    def _forget(self, name: Hashable, task: asyncio.Task[T]) -> None:
        if self._running.get(name) is task:
            del self._running[name]


class Coalescer(Generic[T]):
    """Callers of one name share a run that begins after each of them asked, never one under way.

    So whoever asks after something changed sees the change, and any number of callers cost two
    runs at most.
    """

    def __init__(self) -> None:
        self._newest: dict[Hashable, _CoalescedRun[T]] = {}

    async def do(self, name: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        turn = self._newest.get(name)
        if turn is not None and turn.task.get_loop() is not asyncio.get_running_loop():
            turn = None
        if turn is None or turn.begun:
            turn = self._newest[name] = _CoalescedRun(work, turn)
            turn.task.add_done_callback(lambda ended: self._forget(name, ended))
        return await asyncio.shield(turn.task)

    def _forget(self, name: Hashable, task: asyncio.Task[T]) -> None:
        newest = self._newest.get(name)
        if newest is not None and newest.task is task:
            del self._newest[name]


class _CoalescedRun(Generic[T]):
    """One run, waiting for the one before it."""

    def __init__(self, work: Callable[[], Awaitable[T]], before: _CoalescedRun[T] | None) -> None:
        self.begun = False
        self._work = work
        self._before = before
        self.task = _start(self._run)

    async def _run(self) -> T:
        if self._before is not None:
            await asyncio.wait({self._before.task})
            self._before = None
        self.begun = True
        return await self._work()


class LoopSemaphore:
    """``async with`` it: ``most`` at a time, the others as they came; each event loop has its own."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of_loop: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    async def __aenter__(self) -> None:
        await self._places().acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places().release()

    def _places(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if self._of_loop is None or self._of_loop[0] is not loop:
            self._of_loop = (loop, asyncio.Semaphore(self._most))
        return self._of_loop[1]


def _start(work: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
    async def run() -> T:
        return await work()

    task = asyncio.get_running_loop().create_task(run())
    task.add_done_callback(_heard)
    return task


def _heard(task: asyncio.Task[Any]) -> None:
    """Nobody may be left to hear of a failure: it is theirs to tell, not the loop's to complain of."""
    if not task.cancelled():
        task.exception()

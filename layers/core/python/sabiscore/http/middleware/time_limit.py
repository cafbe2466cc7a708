"""No reader waits longer than ten seconds for an answer to begin."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.http.problems import problem
from sabiscore.http.request_policy import Guards


class TimeLimit:
    """Answers 504 when no answer has begun in time, reading the request's body included.

    An answer that has begun is never cut: its reader could not tell half of it from the whole. What is
    computed for several readers goes on, so that the next one finds it.
    """

    def __init__(self, app: ASGIApp, guard: Guards) -> None:
        self._app = app
        self._guard = guard
        self._waits: _Waits | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_s, waits = self._guard().time_limit_s, self._waits_here()
        wait = waits.begin(limit_s)

        async def send_in_time(message: Message) -> None:
            waits.end(wait)
            await send(message)

        try:
            await self._app(scope, receive, send_in_time)
        except asyncio.CancelledError:
            if not wait.only_late():
                raise
            detail = f"The answer was not there within {limit_s:g} s."
            await problem(scope, 504, "timeout", detail, hint="Try again.")(scope, receive, send)
        finally:
            waits.end(wait)

    def _waits_here(self) -> _Waits:
        loop, waits = asyncio.get_running_loop(), self._waits
        if waits is None or waits.loop is not loop:  # those of another loop go on there
            waits = self._waits = _Waits(loop)
        return waits


class _Wait:
    """A task that waits, and whether it was cancelled for being late."""

    __slots__ = ("_before", "late", "task")

    def __init__(self, task: asyncio.Task[object]) -> None:
        self.task = task
        self.late = False
        self._before = task.cancelling()

    def strike(self) -> None:
        self.late = True
        self.task.cancel()

    def only_late(self) -> bool:
        """Takes the cancelling back: whether nobody else wanted it too."""
        return self.late and self.task.uncancel() <= self._before


class _Waits:
    """The waits of one event loop, and one timer for all of them.

    All may last equally long, so the one that began first is the first to be late. ``asyncio.timeout``
    sets and takes back one for each, 4 µs of every warm hit.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ends: dict[_Wait, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, limit_s: float) -> _Wait:
        """The wait of the task that asks."""
        task = asyncio.current_task(self.loop)
        if task is None:
            raise RuntimeError("A request is worked on by a task.")
        wait = _Wait(task)
        self._ends[wait] = ends = self.loop.time() + limit_s
        if self._timer is None:
            self._timer = self.loop.call_at(ends, self._strike)
        return wait

    def end(self, wait: _Wait) -> None:
        """It is over, or was already."""
        self._ends.pop(wait, None)

    def _strike(self) -> None:
        self._timer = None
        for wait, ends in list(self._ends.items()):
            if ends > self.loop.time():
                self._timer = self.loop.call_at(ends, self._strike)
                return
            del self._ends[wait]
            wait.strike()

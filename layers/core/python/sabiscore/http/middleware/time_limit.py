"""No reader waits longer than ten seconds for an answer to begin."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.http.guard import Guards
from sabiscore.http.problems import problem


class TimeLimit:
    """Answers 504 when no answer has begun in time, reading the request's body included.

    An answer that has begun is never cut: its reader could not tell half of it from the whole. What is
    computed for several readers goes on, so that the next one finds it.
    """

    def __init__(self, app: ASGIApp, guard: Guards) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_s = self._guard().time_limit_s
        deadline = asyncio.timeout(limit_s)

        async def send_in_time(message: Message) -> None:
            if deadline.when() is not None:
                deadline.reschedule(None)
            await send(message)

        try:
            async with deadline:
                await self._app(scope, receive, send_in_time)
        except TimeoutError:
            if not deadline.expired():
                raise
            detail = f"The answer was not there within {limit_s:g} s."
            await problem(scope, 504, "timeout", detail, hint="Try again.")(scope, receive, send)

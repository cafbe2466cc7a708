"""No more requests at once than a process can work on: the others are refused without waiting."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from sabiscore.errors import Overloaded
from sabiscore.http.request_policy import Guards


class Shed:
    """Raises Overloaded where the guard's ``most_at_once`` requests have begun and not ended.

    What waits in a queue is late for everybody; what is refused at once may be asked for elsewhere. On
    Lambda an instance has one request at a time, so nothing is refused there.
    """

    def __init__(self, app: ASGIApp, guard: Guards) -> None:
        self._app = app
        self._guard = guard
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._guard().most_at_once
        if self._under_way >= most:
            raise Overloaded(f"{most} requests are being worked on.", hint="Ask again in a second.")
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1

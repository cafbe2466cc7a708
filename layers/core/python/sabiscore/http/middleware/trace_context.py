"""The reader's trace goes on through us, by its ``traceparent``; without one a trace begins here."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from sabiscore.observability.trace import HEADER, begin, end

_NAME = HEADER.encode()


class TraceContext:
    """Puts a step of the trace in every log line and every call to the shared cache below it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == _NAME]
        # Two of them belong to no trace.
        token = begin(given[0].decode("latin-1") if len(given) == 1 else None)
        try:
            await self._app(scope, receive, send)
        finally:
            end(token)

"""Counts every request and how long it took, by method, route and status."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.observability.endpoints import UNMATCHED
from sabiscore.observability.metrics import METRICS


class Measure:
    """Adds each response to METRICS under its route's template, never under the raw path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = scope.get("route")
                endpoint = getattr(route, "path", UNMATCHED)
                METRICS.observe(scope["method"], endpoint, message["status"], perf_counter() - began)
            await send(message)

        await self._app(scope, receive, send_measured)

"""No longer target and no more header fields than any reader needs: the edge holds to the same limits."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from sabiscore.http.problems import problem

LONGEST_TARGET = 4096
"""Bytes of path and query as they were sent; a function sees the path decoded, and so no longer."""
LARGEST_FIELDS = 8192
"""Bytes of names and values. API Gateway takes 10,240 with the request line."""


class HeadLimit:
    """Answers 414 or 431 before anything else is looked at."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope.get("raw_path") or scope["path"].encode()
            if len(path) + len(scope["query_string"]) >= LONGEST_TARGET:
                detail = f"Path and query are longer than {LONGEST_TARGET} bytes."
                await problem(scope, 414, "uri-too-long", detail, hint="Ask for less.")(scope, receive, send)
                return
            if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_FIELDS:
                detail = f"The header fields are longer than {LARGEST_FIELDS} bytes together."
                refusal = problem(scope, 431, "fields-too-large", detail, hint="Send fewer, or shorter ones.")
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

"""Which sites' scripts may read an answer (the Fetch standard's CORS), without spoiling shared caches.

Starlette's own adds the fields, and ``Vary: Origin``, only to answers to requests that name an origin: a
cache that kept the answer to one that does not would hand a browser an answer it may not show. Here an
answer says the same whoever asked, or says that it varies.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.http.request_policy import Guards

EXPOSED = "Age, Cache-Status, ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match, X-Request-Id",
    "Access-Control-Max-Age": "86400",
    "Cache-Control": "no-store",
}


class CrossOrigin:
    """Lets the guard's origins read answers; without any, nothing is said and nothing varies."""

    def __init__(self, app: ASGIApp, guard: Guards) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = self._guard().origins if scope["type"] == "http" else ()
        if not origins:
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        allowing = _allowing(origins, asked.get("origin"))

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(allowing)
                if len(origins) > 1:
                    headers.add_vary_header("Origin")
            await send(message)

        if scope["method"] == "OPTIONS" and "access-control-request-method" in asked:
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, send_with_fields)
            return
        await self._app(scope, receive, send_with_fields)


def _allowing(origins: tuple[str, ...], origin: str | None) -> dict[str, str]:
    """One origin (or ``*``) is sent to everybody; of several, each origin gets its own."""
    allowed = origins[0] if len(origins) == 1 else origin
    if allowed is None or allowed not in origins:
        return {}
    return {"Access-Control-Allow-Origin": allowed, "Access-Control-Expose-Headers": EXPOSED}

"""So many requests a minute for each reader, and 429 for the rest."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sabiscore.cache.unreachable import FOUND_AWAY
from sabiscore.http.middleware.edge_caller import COUNTED
from sabiscore.http.problems import problem
from sabiscore.http.request_policy import Guards
from sabiscore.limits.limiter import WINDOW_S
from sabiscore.limits.reader import reader_of


class Limit:
    """Counts a request by the address that the platform saw, never by a header, unless the edge has.

    The RateLimit fields are on refusals only: a good answer may be kept for others, whom the quota of the
    reader who came first would mislead.
    """

    def __init__(self, app: ASGIApp, guard: Guards) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or COUNTED in scope:
            await self._app(scope, receive, send)
            return
        limiter = self._guard().limiter
        client = scope.get("client")
        verdict = await limiter.take(reader_of(client[0] if client else ""))
        if verdict.wait_s:
            await _refusal(scope, limiter.most, verdict.wait_s)(scope, receive, send)
            return
        if not verdict.unreachable:
            await self._app(scope, receive, send)
            return
        token = FOUND_AWAY.set(True)
        try:
            await self._app(scope, receive, send)
        finally:
            FOUND_AWAY.reset(token)


def _refusal(scope: Scope, most: int, wait_s: int) -> Response:
    """Fields of draft-ietf-httpapi-ratelimit-headers, as the edge sends them."""
    headers = {
        "Retry-After": str(wait_s),
        "RateLimit-Policy": f'"minute";q={most};w={WINDOW_S}',
        "RateLimit": f'"minute";r=0;t={wait_s}',
    }
    detail = f"At most {most} requests a minute."
    hint = f"Try again in {wait_s} s."
    return problem(scope, 429, "too-many-requests", detail, hint=hint, headers=headers)

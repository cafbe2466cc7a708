"""The four forms of a request target (RFC 9112, section 3.2), distinguished before anything is routed."""

from __future__ import annotations

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from sabiscore.http.middleware.request_id import RequestId
from sabiscore.http.middleware.security_headers import SecurityHeaders
from sabiscore.http.problems import problem

_ABSOLUTE = re.compile(rb"https?://([^/?#\s]+)(/[^?#\s]*)?", re.IGNORECASE)
_ORIGIN = re.compile(rb"/[^?#\s]*")


class OriginForm:
    """Hands every request on under its path, whichever form names it; 400 for a target that names none.

    ``OPTIONS *`` asks about the server as a whole: 204. uvicorn hands targets on as they come.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw: bytes = scope["raw_path"]
        if raw == b"*" and scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
            return
        path = _path_of(raw)
        if path is None:
            await _REFUSAL(scope, receive, send)
            return
        await self._app({**scope, "path": unquote(path.decode("ascii")), "raw_path": path}, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "The request's target is neither a path nor an address."
    await problem(scope, 400, "bad-request", detail, hint="See /docs.")(scope, receive, send)


_REFUSAL = RequestId(SecurityHeaders(_refuse))


def _path_of(raw: bytes) -> bytes | None:
    """The path that ``raw`` names; None where it names none.

    >>> [_path_of(raw) for raw in (b"/a%20b", b"HTTP://x.example/a", b"https://x.example", b"*", b"x:443")]
    [b'/a%20b', b'/a', b'/', None, None]
    """
    if _ORIGIN.fullmatch(raw):
        return raw
    absolute = _ABSOLUTE.fullmatch(raw)
    return None if absolute is None else absolute[2] or b"/"

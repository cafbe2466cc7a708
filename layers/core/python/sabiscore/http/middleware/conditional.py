"""304 for who already holds the answer, 412 for who expected another one (RFC 9110, section 13)."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.http.preconditions import preconditions
from sabiscore.http.problems import problem

_NOT_IN_304 = frozenset({b"content-length", b"content-type"})


class Conditional:
    """Turns a 200 to GET or HEAD into what its preconditions ask for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        asked = preconditions(scope["headers"]) if is_read else None
        if asked is None:
            await self._app(scope, receive, send)
            return
        verdict = "send"

        async def send_conditionally(message: Message) -> None:
            nonlocal verdict
            if message["type"] == "http.response.start" and message["status"] == 200:
                verdict = asked.verdict(message["headers"])
                if verdict == "not modified":
                    kept = [header for header in message["headers"] if header[0] not in _NOT_IN_304]
                    message = {**message, "status": 304, "headers": kept}
                elif verdict == "failed":
                    await _refuse(scope, receive, send)
            if verdict == "failed":
                return
            if message["type"] == "http.response.body" and verdict == "not modified":
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, send_conditionally)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "The answer is not the one that `If-Match` or `If-Unmodified-Since` expects."
    hint = "Ask without the condition to see what it is now."
    await problem(scope, 412, "precondition-failed", detail, hint=hint)(scope, receive, send)

"""A reader who already holds the answer gets 304 and no body (RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]

_NOT_IN_304 = frozenset({b"content-length", b"content-type"})


class Conditional:
    """Turns a 200 whose strong ETag is in If-None-Match into 304."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = _held(scope) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if not wanted:
            await self._app(scope, receive, send)
            return
        unchanged = False

        async def send_conditionally(message: Message) -> None:
            nonlocal unchanged
            if message["type"] == "http.response.start" and message["status"] == 200:
                unchanged = _matches(wanted, message["headers"])
                if unchanged:
                    kept = [header for header in message["headers"] if header[0] not in _NOT_IN_304]
                    message = {**message, "status": 304, "headers": kept}
            elif message["type"] == "http.response.body" and unchanged:
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, send_conditionally)


def _held(scope: Scope) -> frozenset[bytes]:
    """The entity tags that the caller holds; weak ones compare by what they say."""
    values = (value for name, value in scope["headers"] if name == b"if-none-match")
    tags = (tag.strip() for value in values for tag in value.split(b","))
    return frozenset(tag.removeprefix(b"W/") for tag in tags if tag)


def _matches(held: frozenset[bytes], headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"etag" and (value in held or b"*" in held) for name, value in headers)

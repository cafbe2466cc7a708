"""No request body over 64 KiB is read."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.http.problems import problem

MOST_BODY_BYTES = 64 * 1024


class BodyTooLarge(Exception):
    """More bytes came than may; raised inside the app, answered here."""


class BodyLimit:
    """Answers 413 as soon as the declared or the received length passes MOST_BYTES."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared(scope) > MOST_BODY_BYTES:
            await _refuse(scope, receive, send)
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MOST_BODY_BYTES:
                raise BodyTooLarge
            return message

        try:
            await self._app(scope, receive_limited, send)
        except BodyTooLarge:
            await _refuse(scope, receive, send)


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"The body is longer than {MOST_BODY_BYTES} bytes."
    await problem(scope, 413, "body-too-large", detail, hint="Send less.")(scope, receive, send)

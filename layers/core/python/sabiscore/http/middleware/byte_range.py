"""A reader who asks for one range of an answer's bytes gets that part (RFC 9110, section 14)."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.http.preconditions import is_strong
from sabiscore.http.problems import problem

_ONE_RANGE = re.compile(rb"bytes=([0-9]*)-([0-9]*)", re.IGNORECASE)


class ByteRange:
    """Turns a 200 with an entity tag into 206, or 416 where it has no such bytes.

    Several ranges, other units and what cannot be read are ignored, as the specification allows: the whole is
    sent. ``If-Range`` holds for a strong entity tag only; a date cannot tell apart what one second brought.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if asked is None:
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_part(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _has_ranges(scope, message):
                start = message
                return
            if start is None:
                await send(message)
                return
            if message.get("more_body"):  # streamed: its size is not known
                await send(start)
                await send(message)
                start = None
                return
            body = message.get("body", b"")
            part = _part(asked, len(body))
            if part is None:
                await _refuse(scope, receive, send, len(body))
                return
            await send({**start, "status": 206, "headers": _of_part(start, part, len(body))})
            await send({**message, "body": body[part.start : part.stop]})

        await self._app(scope, receive, send_part)


def _asked(scope: Scope) -> tuple[bytes, bytes] | None:
    values = [value for name, value in scope["headers"] if name == b"range"]
    found = _ONE_RANGE.fullmatch(values[0]) if len(values) == 1 else None
    first, last = found.groups() if found else (b"", b"")
    is_backwards = first and last and int(first[:19]) > int(last[:19])
    return None if (not first and not last) or is_backwards else (first[:19], last[:19])


def _has_ranges(scope: Scope, start: Message) -> bool:
    tag = dict(start["headers"]).get(b"etag")
    if start["status"] != 200 or tag is None:
        return False
    wanted = [value for name, value in scope["headers"] if name == b"if-range"]
    return not wanted or (wanted == [tag] and is_strong(tag))


def _part(asked: tuple[bytes, bytes], size: int) -> range | None:
    """The bytes meant, of ``size``; None where there are none of them."""
    first, last = asked
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    return range(begin, end) if begin < end else None


def _of_part(start: Message, part: range, size: int) -> list[tuple[bytes, bytes]]:
    kept = [header for header in start["headers"] if header[0] != b"content-length"]
    said = b"bytes %d-%d/%d" % (part.start, part.stop - 1, size)
    return [*kept, (b"content-range", said), (b"content-length", b"%d" % len(part))]


async def _refuse(scope: Scope, receive: Receive, send: Send, size: int) -> None:
    headers = {"Content-Range": f"bytes */{size}"}
    detail = f"The answer has {size} bytes, and none of those that were asked for."
    refusal = problem(scope, 416, "range-not-satisfiable", detail, hint="Ask for the whole.", headers=headers)
    await refusal(scope, receive, send)

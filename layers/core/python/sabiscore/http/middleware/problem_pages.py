"""A problem of a page is a page itself; programs that ask for one get the problem document."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.errors import SabiScoreError
from sabiscore.http.problems import MEDIA_TYPE as PROBLEM
from sabiscore.observability.log import log

MARK = (b"x-sabiscore", b"page")
"""By which the edge knows a page of ours that may not be cached from one of something in between."""

_REPLACED = frozenset({b"content-type", b"content-length", b"content-security-policy"})


class ProblemPages:
    """Writes each problem document as HTML for whoever takes HTML."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _takes_html(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def send_page(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                headers, body = _written(start, b"".join(parts))
                await send({**start, "headers": headers})
                await send({**message, "body": body if scope["method"] != "HEAD" else b""})

        await self._app(scope, receive, send_page)


def _takes_html(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _is_problem(start: Message) -> bool:
    return (b"content-type", PROBLEM.encode()) in start["headers"]


def _written(start: Message, document: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of the page; those of the document itself where the site is not built."""
    from sabiscore.pages.problem import problem_page  # Jinja2, only when there is something to say
    from sabiscore.pages.rendering import CONTENT_POLICY, MEDIA_TYPE

    problem = json.loads(document)
    try:
        body = problem_page(problem["title"], problem["detail"], problem["hint"], problem["request_id"])
    except SabiScoreError as error:
        log().error("a problem cannot be written as a page", exc_info=error)
        return start["headers"], document
    own = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"content-security-policy", CONTENT_POLICY.encode()),
        MARK,
    ]
    return [*(header for header in start["headers"] if header[0] not in _REPLACED), *own], body

"""Documents as pages: written as HTML, and kept only as long as the scripts and styles that they name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from sabiscore.cache import tags
from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.representation import Representation
from sabiscore.insights.document import Document
from sabiscore.insights.service import CacheableDocument
from sabiscore.pages.rendering import CONTENT_POLICY, MEDIA_TYPE, build_digest

Write = Callable[..., bytes]
"""Makes the page of the one kind of document that its route asks for."""


async def page(
    answers: CachedResponder,
    request: Request,
    ask: Callable[[], CacheableDocument],
    write: Write,
    policy: str = CONTENT_POLICY,
) -> Response:
    """200 with what ``write`` makes of the document that ``ask`` names; ``policy`` rules what it may load."""
    headers = (("content-security-policy", policy),)
    return await answers.respond(
        request, lambda: _of_build(ask()), Representation(MEDIA_TYPE, encoder(write), headers)
    )


def encoder(write: Write) -> Callable[[Document], bytes]:
    """``write``, which takes the one kind of document that its route asks for, for any document."""

    def encode(document: Document) -> bytes:
        return write(document)

    return encode


def _of_build(answer: CacheableDocument) -> CacheableDocument:
    """A page of another build names files that are gone; all pages can be put out of date by one tag."""
    return replace(answer, tags=tuple(sorted((*answer.tags, tags.PAGES, tags.site_tag(build_digest())))))

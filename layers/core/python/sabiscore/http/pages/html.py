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

POLICY = (("content-security-policy", CONTENT_POLICY),)


async def page(
    answers: CachedResponder,
    request: Request,
    ask: Callable[[], CacheableDocument],
    write: Callable[..., bytes],
) -> Response:
    """200 with the page that ``write`` makes of the document that ``ask`` names."""
    return await answers.respond(
        request, lambda: _of_build(ask()), Representation(MEDIA_TYPE, encoder(write), POLICY)
    )


def encoder(write: Callable[..., bytes]) -> Callable[[Document], bytes]:
    """``write``, which takes the one kind of document that its route asks for, for any document."""

    def encode(document: Document) -> bytes:
        return write(document)

    return encode


def _of_build(answer: CacheableDocument) -> CacheableDocument:
    """A page of another build names files that are gone; all pages can be put out of date by one tag."""
    return replace(answer, tags=tuple(sorted((*answer.tags, tags.PAGES, tags.site_tag(build_digest())))))

"""Documents as pages: written as HTML, and kept only as long as the scripts and styles that they name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from sabiscore.cache import tags
from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.caching import Headers
from sabiscore.http.representation import Representation
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.document import Document
from sabiscore.pages.rendering import MEDIA_TYPE, build_digest, content_policy


@dataclass(frozen=True, slots=True)
class Form:
    """What pages of a kind are sent as; ``policy`` rules what they may load."""

    media_type: str
    policy: str
    headers: Headers = ()


def html() -> Form:
    """What most pages are sent as. Raises Unavailable before the site is built."""
    return Form(MEDIA_TYPE, content_policy())


Write = Callable[..., bytes]
"""Makes the page of the one kind of document that its route asks for."""


async def page(
    answers: CachedResponder,
    request: Request,
    ask: Callable[[], CacheableDocument],
    write: Write,
    form: Form | None = None,
) -> Response:
    """200 with what ``write`` makes of the document that ``ask`` names, in ``form`` or as most pages."""
    form = form or html()
    written = Representation(form.media_type, encoder(write), (*form.headers, _policy(form.policy)))
    return await answers.respond(request, lambda: _of_build(ask()), written)


def _policy(policy: str) -> tuple[str, str]:
    return "content-security-policy", policy


def encoder(write: Write) -> Callable[[Document], bytes]:
    """``write``, which takes the one kind of document that its route asks for, for any document."""

    def encode(document: Document) -> bytes:
        return write(document)

    return encode


def _of_build(answer: CacheableDocument) -> CacheableDocument:
    """A page of another build names files that are gone; all pages can be put out of date by one tag."""
    return replace(answer, tags=tuple(sorted((*answer.tags, tags.PAGES, tags.site_tag(build_digest())))))

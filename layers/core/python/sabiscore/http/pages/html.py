"""Documents written as HTML."""

from __future__ import annotations

from collections.abc import Callable

from sabiscore.http.representation import Representation
from sabiscore.insights.document import Document
from sabiscore.pages.rendering import CONTENT_POLICY, MEDIA_TYPE

POLICY = (("content-security-policy", CONTENT_POLICY),)


def html(write: Callable[..., bytes]) -> Representation:
    """Pages as ``write`` makes them, under the policy of the site."""
    return Representation(MEDIA_TYPE, encoder(write), POLICY)


def encoder(write: Callable[..., bytes]) -> Callable[[Document], bytes]:
    """``write``, which takes the one kind of document that its route asks for, for any document."""

    def encode(document: Document) -> bytes:
        return write(document)

    return encode

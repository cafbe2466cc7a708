"""The routes of the pages that say the same to everybody until the site is built anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http.problems import TITLES
from sabiscore.pages.rendering import MEDIA_TYPE, content_policy
from sabiscore.pages.static_pages import bets_page, docs_page, guide_page

CACHE_CONTROL = "public, max-age=300"


def static_page_routes(site: Callable[[], str | None], requests_per_minute: Callable[[], int]) -> list[Route]:
    """Routes that answer with HTML and know of no forecast; the arguments are first called by a request."""

    async def bets(_: Request) -> Response:
        return _unchanging(bets_page(site()))

    async def guide(_: Request) -> Response:
        return _unchanging(guide_page(site()))

    async def docs(_: Request) -> Response:
        return _unchanging(docs_page(site(), requests_per_minute(), TITLES))

    return [
        Route("/bets", bets, name="bets_page"),
        Route("/guide", guide, name="guide_page"),
        Route("/docs", docs, name="docs_page"),
    ]


def _unchanging(body: bytes) -> Response:
    headers = {
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Cache-Control": CACHE_CONTROL,
        "Cache-Tag": "site",
        "Content-Security-Policy": content_policy(),
    }
    return Response(body, headers=headers, media_type=MEDIA_TYPE)

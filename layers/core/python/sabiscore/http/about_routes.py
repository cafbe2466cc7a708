"""The routes that tell of the API itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import parameters

_KEPT = {"Cache-Control": "public, max-age=300"}


def about_routes(every_route: Callable[[], Iterable[Route]]) -> list[Route]:
    """Routes whose names are the operation ids of the API; ``every_route`` gives all that is told of."""

    @cache
    def openapi_body() -> bytes:
        # Built from the models on first request: most processes are never asked.
        from sabiscore.http.openapi import openapi_bytes

        return openapi_bytes(every_route())

    @cache
    def docs_body() -> tuple[bytes, str]:
        from sabiscore.http.docs import docs_page

        return docs_page(json.loads(openapi_body()))

    async def get_openapi(request: Request) -> Response:
        parameters.no_query(request)
        return Response(openapi_body(), media_type="application/json", headers=_KEPT)

    async def get_docs(request: Request) -> Response:
        parameters.no_query(request)
        page, policy = docs_body()
        headers = {**_KEPT, "Content-Security-Policy": policy}
        return Response(page, media_type="text/html", headers=headers)

    return [
        Route("/openapi.json", get_openapi, name="get_openapi"),
        Route("/docs", get_docs, name="get_docs"),
    ]

"""The routes of the insights function."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import reading
from sabiscore.http.answers import Renderings, respond, respond_privately
from sabiscore.insights.document import Matchup
from sabiscore.insights.service import Insights

_KEPT = {"Cache-Control": "public, max-age=300"}


def insights_routes(
    insights: Callable[[], Insights], renderings: Renderings, every_route: Callable[[], Iterable[Route]]
) -> list[Route]:
    """Routes whose names are the operation ids of the API; ``insights`` is first called by a request.

    ``every_route`` gives the routes of all functions, which /openapi.json and /docs tell of.
    """

    async def get_insight(request: Request) -> Response:
        reading.no_query(request)
        return await respond(renderings, insights().insight(reading.match_id(request)))

    async def post_insight(request: Request) -> Response:
        reading.no_query(request)
        asked = await reading.body(request, Matchup)
        return await respond_privately(renderings, insights().matchup(asked.matchup, asked.league))

    async def get_matches(request: Request) -> Response:
        asked = reading.query(request, reading.MatchQuery)
        return await respond(renderings, insights().matches(asked.league, asked.first, asked.last))

    async def get_leagues(request: Request) -> Response:
        reading.no_query(request)
        return await respond(renderings, insights().leagues())

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
        reading.no_query(request)
        return Response(openapi_body(), media_type="application/json", headers=_KEPT)

    async def get_docs(request: Request) -> Response:
        reading.no_query(request)
        page, policy = docs_body()
        headers = {**_KEPT, "Content-Security-Policy": policy}
        return Response(page, media_type="text/html", headers=headers)

    return [
        Route("/api/v1/insights/{match_id}", get_insight, name="get_insight"),
        Route("/api/v1/insights", post_insight, name="post_insight", methods=["POST"]),
        Route("/api/v1/matches", get_matches, name="get_matches"),
        Route("/api/v1/leagues", get_leagues, name="get_leagues"),
        Route("/openapi.json", get_openapi, name="get_openapi"),
        Route("/docs", get_docs, name="get_docs"),
    ]

"""The page of the health board."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.pages.html import page
from sabiscore.insights.health import Health
from sabiscore.insights.service import Insights
from sabiscore.pages.system import system_page


def system_page_routes(
    insights: Callable[[], Insights], answers: Callable[[], CachedResponder], health: Callable[[], Health]
) -> list[Route]:
    """The route that answers with HTML; all arguments are first called by a request."""

    async def system(request: Request) -> Response:
        return await page(answers(), request, partial(insights().system, health().report), system_page)

    return [Route("/system", system, name="system_page")]

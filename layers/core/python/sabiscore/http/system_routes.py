"""The route of the system board."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import parameters

if TYPE_CHECKING:
    from sabiscore.http.cached_responder import CachedResponder
    from sabiscore.insights.health import Health
    from sabiscore.insights.service import Insights


def system_routes(
    insights: Callable[[], Insights], answers: Callable[[], CachedResponder], health: Callable[[], Health]
) -> list[Route]:
    """Routes whose names are the operation ids of the API; all arguments are first called by a request."""

    async def get_system(request: Request) -> Response:
        parameters.no_query(request)
        return await answers().respond(request, partial(insights().system, health().report))

    return [Route("/api/v1/system", get_system, name="get_system")]

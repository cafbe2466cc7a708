"""The routes of the pages: the documents of the API, written for people.

Links are shared with parameters of their own, so one that a page does not know asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.pages.match_routes import match_page_routes
from sabiscore.http.pages.record_routes import record_page_routes
from sabiscore.http.pages.static_routes import static_page_routes
from sabiscore.http.pages.system_routes import system_page_routes
from sabiscore.http.pages.vitals_routes import vitals_routes
from sabiscore.insights.health import Health
from sabiscore.insights.service import Insights


def page_routes(
    insights: Callable[[], Insights],
    answers: Callable[[], CachedResponder],
    health: Callable[[], Health],
    site: Callable[[], str | None],
    requests_per_minute: Callable[[], int],
) -> list[Route]:
    """All of them; the arguments are first called by a request.

    ``site`` is the address of the pages, ``requests_per_minute`` what a reader may ask of the API.
    """
    return [
        *match_page_routes(insights, answers, site),
        *record_page_routes(insights, answers, site),
        *system_page_routes(insights, answers, health),
        *static_page_routes(site, requests_per_minute),
        *vitals_routes(),
    ]

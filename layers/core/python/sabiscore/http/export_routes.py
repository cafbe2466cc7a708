"""The routes for calendars and feed readers: matches and predictions in the forms that those take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import parameters
from sabiscore.insights.ledger_query import LedgerQuery

if TYPE_CHECKING:
    from sabiscore.http.cached_responder import CachedResponder
    from sabiscore.insights.service import Insights

FIRST = date(2000, 1, 1)
"""Before all that is known: a calendar goes back as far as matches are."""
NEWEST = LedgerQuery(limit=50, order="newest")


def export_routes(insights: Callable[[], Insights], answers: Callable[[], CachedResponder]) -> list[Route]:
    """Routes whose names are the operation ids of the API; both arguments are first called by a request."""

    async def get_calendar(request: Request) -> Response:
        from sabiscore.http.calendar_form import CALENDAR
        from sabiscore.http.queries import CalendarQuery, query

        asked = query(request, CalendarQuery)
        of_team = partial(insights().matches, team=asked.team)
        ask = partial(of_team, parameters.calendar_league(request), FIRST, None)
        return await answers().respond(request, ask, CALENDAR)

    async def get_feed(request: Request) -> Response:
        from sabiscore.http.feed_form import FEED

        parameters.no_query(request)
        return await answers().respond(request, partial(insights().ledger, NEWEST), FEED)

    return [
        Route("/api/v1/calendar/{file}", get_calendar, name="get_calendar"),
        Route("/api/v1/feed.json", get_feed, name="get_feed"),
    ]

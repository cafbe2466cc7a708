"""The routes of the insights function.

Forms and queries are imported by the first request for one: an insight that is cached needs no pydantic.
"""

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
    from sabiscore.insights.service import Insights


def insights_routes(insights: Callable[[], Insights], answers: Callable[[], CachedResponder]) -> list[Route]:
    """Routes whose names are the operation ids of the API; both arguments are first called by a request."""

    async def get_insight(request: Request) -> Response:
        parameters.no_query(request)
        return await answers().respond(request, partial(insights().insight, parameters.match_id(request)))

    async def post_insight(request: Request) -> Response:
        from sabiscore.http.queries import body
        from sabiscore.insights.document import Matchup

        parameters.no_query(request)
        asked = await body(request, Matchup)
        ask = partial(insights().matchup, asked.matchup, asked.league)
        return await answers().respond_privately(ask)

    async def get_matches(request: Request) -> Response:
        from sabiscore.http.queries import MatchQuery, query

        asked = query(request, MatchQuery)
        of_day = partial(insights().matches, day=asked.day, team=asked.team)
        return await answers().respond(request, partial(of_day, asked.league, asked.first, asked.last))

    async def get_match(request: Request) -> Response:
        parameters.no_query(request)
        return await answers().respond(request, partial(insights().match, parameters.match_id(request)))

    async def get_prices(request: Request) -> Response:
        parameters.no_query(request)
        return await answers().respond(request, partial(insights().prices, parameters.match_id(request)))

    async def get_value_bets(request: Request) -> Response:
        from sabiscore.http.queries import ValueBetQuery, query

        asked = query(request, ValueBetQuery)
        ask = partial(insights().value_bets, asked.league, asked.min_edge, asked.quality)
        return await answers().respond(request, ask)

    async def get_performance(request: Request) -> Response:
        from sabiscore.http.queries import PerformanceQuery, query
        from sabiscore.http.record_table import RECORD_FORMS

        asked = query(request, PerformanceQuery)
        return await answers().respond(request, insights().performance, RECORD_FORMS[asked.format])

    async def get_performance_season(request: Request) -> Response:
        from sabiscore.http.record_table import RECORD_DAYS

        parameters.no_query(request)
        ask = partial(insights().performance_days, parameters.season(request))
        return await answers().respond(request, ask, RECORD_DAYS)

    async def get_leagues(request: Request) -> Response:
        parameters.no_query(request)
        return await answers().respond(request, insights().leagues)

    return [
        Route("/api/v1/insights/{match_id}", get_insight, name="get_insight"),
        Route("/api/v1/insights", post_insight, name="post_insight", methods=["POST"]),
        Route("/api/v1/matches", get_matches, name="get_matches"),
        Route("/api/v1/matches/{match_id}", get_match, name="get_match"),
        Route("/api/v1/matches/{match_id}/prices", get_prices, name="get_prices"),
        Route("/api/v1/value-bets", get_value_bets, name="get_value_bets"),
        Route("/api/v1/performance", get_performance, name="get_performance"),
        Route("/api/v1/performance/{season}", get_performance_season, name="get_performance_season"),
        Route("/api/v1/leagues", get_leagues, name="get_leagues"),
    ]

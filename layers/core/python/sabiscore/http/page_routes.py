"""The routes of the pages: the documents of the API, written for people.

Links are shared with parameters of their own, so one that a page does not know asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.domain.value import THRESHOLD
from sabiscore.errors import UnknownMatch
from sabiscore.http import parameters
from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.representation import Representation
from sabiscore.http.static_page_routes import static_page_routes
from sabiscore.insights.document import Document
from sabiscore.insights.service import Insights
from sabiscore.pages import site_map
from sabiscore.pages.match import match_page
from sabiscore.pages.match_list import matches_page
from sabiscore.pages.match_report import match_report_page
from sabiscore.pages.pick import pick_page
from sabiscore.pages.record import record_page
from sabiscore.pages.rendering import CONTENT_POLICY, MEDIA_TYPE
from sabiscore.pages.value import value_page

_HEADERS = (("content-security-policy", CONTENT_POLICY),)


class MatchesPageQuery(BaseModel):
    """Which matches a page shows; a field of a form that was left empty asks for nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    day: parameters.IsoDate | None = None
    league: str | None = Field(default=None, max_length=80)
    team: str | None = Field(default=None, max_length=80)


class ValuePageQuery(BaseModel):
    """Which value bets a page shows, and in which order."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    league: str | None = Field(default=None, max_length=80)
    sort: Literal["edge", "kickoff", "age"] = "edge"


class PickQuery(BaseModel):
    """The two teams of a pairing, in a reader's words; both or neither."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    home: str | None = Field(default=None, min_length=2, max_length=80)
    away: str | None = Field(default=None, min_length=2, max_length=80)
    league: str | None = Field(default=None, max_length=80)


def page_routes(
    insights: Callable[[], Insights],
    answers: Callable[[], CachedResponder],
    site: Callable[[], str | None],
) -> list[Route]:
    """Routes that answer with HTML; the arguments are first called by a request.

    ``site`` is where readers find the pages, without a slash at the end; None where nobody said.
    """

    async def matches(request: Request) -> Response:
        asked = parameters.query(request, MatchesPageQuery)
        league, team = asked.league or None, asked.team or None
        write = partial(matches_page, league=league, team=team)
        ask = partial(insights().matches, league, None, None, day=None if team else asked.day)
        return await answers().respond(request, ask, _page(write))

    async def match(request: Request) -> Response:
        match_id = parameters.match_id(request)
        try:
            forecast = insights().insight(match_id)
        except UnknownMatch:
            past = partial(insights().match, match_id)
            return await answers().respond(request, past, _page(match_report_page))
        return await answers().respond(request, lambda: forecast, _page(match_page))

    async def value(request: Request) -> Response:
        asked = parameters.query(request, ValuePageQuery)
        league = asked.league or None
        write = partial(value_page, order=asked.sort, league=league)
        ask = partial(insights().value_bets, league, THRESHOLD, None)
        return await answers().respond(request, ask, _page(write))

    async def record(request: Request) -> Response:
        return await answers().respond(request, insights().performance, _page(record_page))

    async def pick(request: Request) -> Response:
        asked = parameters.query(request, PickQuery)
        if asked.home is None or asked.away is None:
            return await answers().respond(request, insights().leagues, _page(pick_page))
        ask = partial(insights().matchup, f"{asked.home} vs {asked.away}", asked.league or None)
        return await answers().respond(request, ask, _page(match_page))

    async def mapped(request: Request) -> Response:
        where = site()
        if where is None:
            raise HTTPException(404)
        write = Representation(site_map.MEDIA_TYPE, _writer(partial(site_map.site_map, site=where)))
        return await answers().respond(request, partial(insights().matches, None, None, None), write)

    return [
        Route("/", matches, name="matches_page"),
        Route("/match/{match_id}", match, name="match_page"),
        Route("/value", value, name="value_page"),
        Route("/record", record, name="record_page"),
        Route("/pick", pick, name="pick_page"),
        Route("/sitemap.xml", mapped, name="site_map"),
        *static_page_routes(),
    ]


def _page(write: Callable[..., bytes]) -> Representation:
    return Representation(MEDIA_TYPE, _writer(write), _HEADERS)


def _writer(write: Callable[..., bytes]) -> Callable[[Document], bytes]:
    """``write`` takes the one kind of document that its route asks for."""

    def encode(document: Document) -> bytes:
        return write(document)

    return encode

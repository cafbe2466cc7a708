"""The routes of the pages: the documents of the API, written for people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.domain.value import THRESHOLD
from sabiscore.errors import UnknownMatch
from sabiscore.http import parameters
from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.representation import Representation
from sabiscore.insights.document import Document
from sabiscore.insights.service import Insights
from sabiscore.pages.match import match_page
from sabiscore.pages.match_list import matches_page
from sabiscore.pages.match_report import match_report_page
from sabiscore.pages.pick import pick_page
from sabiscore.pages.record import record_page
from sabiscore.pages.rendering import CONTENT_POLICY, MEDIA_TYPE
from sabiscore.pages.static_pages import bets_page, guide_page
from sabiscore.pages.value import value_page

_HEADERS = (("content-security-policy", CONTENT_POLICY),)


class MatchesPageQuery(BaseModel):
    """Which matches a page shows; a field of a form that was left empty asks for nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: parameters.IsoDate | None = None
    league: str | None = Field(default=None, max_length=80)
    team: str | None = Field(default=None, max_length=80)


class ValuePageQuery(BaseModel):
    """Which value bets a page shows, and in which order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    league: str | None = Field(default=None, max_length=80)
    sort: Literal["edge", "kickoff", "age"] = "edge"


class PickQuery(BaseModel):
    """The two teams of a pairing, in a reader's words; both or neither."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: str | None = Field(default=None, min_length=2, max_length=80)
    away: str | None = Field(default=None, min_length=2, max_length=80)
    league: str | None = Field(default=None, max_length=80)


def page_routes(insights: Callable[[], Insights], answers: Callable[[], CachedResponder]) -> list[Route]:
    """Routes that answer with HTML; both arguments are first called by a request."""

    async def matches(request: Request) -> Response:
        asked = parameters.query(request, MatchesPageQuery)
        league, team = asked.league or None, asked.team or None
        write = partial(matches_page, league=league, team=team)
        ask = partial(insights().matches, league, None, None, day=None if team else asked.day)
        return await answers().respond(request, ask, _page(write))

    async def match(request: Request) -> Response:
        parameters.no_query(request)
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
        parameters.no_query(request)
        return await answers().respond(request, insights().performance, _page(record_page))

    async def pick(request: Request) -> Response:
        asked = parameters.query(request, PickQuery)
        if asked.home is None or asked.away is None:
            return await answers().respond(request, insights().leagues, _page(pick_page))
        ask = partial(insights().matchup, f"{asked.home} vs {asked.away}", asked.league or None)
        return await answers().respond(request, ask, _page(match_page))

    async def bets(request: Request) -> Response:
        parameters.no_query(request)
        return _unchanging(bets_page())

    async def guide(request: Request) -> Response:
        parameters.no_query(request)
        return _unchanging(guide_page())

    return [
        Route("/", matches, name="matches_page"),
        Route("/match/{match_id}", match, name="match_page"),
        Route("/value", value, name="value_page"),
        Route("/record", record, name="record_page"),
        Route("/pick", pick, name="pick_page"),
        Route("/bets", bets, name="bets_page"),
        Route("/guide", guide, name="guide_page"),
    ]


def _unchanging(body: bytes) -> Response:
    """A page that says the same until the site is built anew."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300", "Cache-Tag": "site", **dict(_HEADERS)}
    return Response(body, headers=headers, media_type="text/html")


def _page(write: Callable[..., bytes]) -> Representation:
    def encode(document: Document) -> bytes:
        return write(document)

    return Representation(MEDIA_TYPE, encode, _HEADERS)

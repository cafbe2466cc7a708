"""The pages of matches: a day, a match, its prices, any two teams, and the map of all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.errors import UnknownMatch
from sabiscore.http import parameters, queries
from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.pages.html import Form, Write, encoder, html, page
from sabiscore.http.representation import Representation
from sabiscore.insights.service import Insights
from sabiscore.pages import site_map
from sabiscore.pages.embed import POLICY as CARD_POLICY
from sabiscore.pages.embed import embed_page, embed_report_page
from sabiscore.pages.match import match_page
from sabiscore.pages.match_list import matches_page
from sabiscore.pages.match_report import match_report_page
from sabiscore.pages.pick import pick_page
from sabiscore.pages.picture import MEDIA_TYPE as PNG
from sabiscore.pages.picture import POLICY as PICTURE_POLICY
from sabiscore.pages.picture import match_picture, report_picture
from sabiscore.pages.prices import prices_page
from sabiscore.pages.rendering import MEDIA_TYPE

CARD = Form(MEDIA_TYPE, CARD_POLICY)
PICTURE = Form(PNG, PICTURE_POLICY, (("cross-origin-resource-policy", "cross-origin"),))
"""Other sites show it beside their links to us."""


class MatchesPageQuery(BaseModel):
    """Which matches a page shows; a field of a form that was left empty asks for nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    day: queries.IsoDate | None = None
    league: str | None = Field(default=None, max_length=80)
    team: str | None = Field(default=None, max_length=80)


class PickQuery(BaseModel):
    """The two teams of a pairing, in a reader's words; both or neither."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    home: str | None = Field(default=None, min_length=2, max_length=80)
    away: str | None = Field(default=None, min_length=2, max_length=80)
    league: str | None = Field(default=None, max_length=80)


def match_page_routes(
    insights: Callable[[], Insights],
    answers: Callable[[], CachedResponder],
    site: Callable[[], str | None],
) -> list[Route]:
    """Routes that answer with HTML; the arguments are first called by a request.

    ``site`` is where readers find the pages, without a slash at the end; None where nobody said.
    """

    async def matches(request: Request) -> Response:
        asked = queries.query(request, MatchesPageQuery)
        league, team = asked.league or None, asked.team or None
        write = partial(matches_page, league=league, team=team, site=site())
        ask = partial(insights().matches, league, None, None, day=None if team else asked.day)
        return await page(answers(), request, ask, write)

    async def match(request: Request) -> Response:
        writes = partial(match_page, site=site()), partial(match_report_page, site=site())
        return await _of_match(request, insights(), answers(), writes, html())

    async def card(request: Request) -> Response:
        writes = embed_page, embed_report_page
        return await _of_match(request, insights(), answers(), writes, CARD)

    async def picture(request: Request) -> Response:
        writes = match_picture, report_picture
        return await _of_match(request, insights(), answers(), writes, PICTURE)

    async def prices(request: Request) -> Response:
        ask = partial(insights().prices, parameters.match_id(request))
        return await page(answers(), request, ask, prices_page)

    async def pick(request: Request) -> Response:
        asked = queries.query(request, PickQuery)
        if asked.home is None or asked.away is None:
            return await page(answers(), request, insights().leagues, partial(pick_page, site=site()))
        ask = partial(insights().matchup, f"{asked.home} vs {asked.away}", asked.league or None)
        return await page(answers(), request, ask, partial(match_page, site=site()))

    async def mapped(request: Request) -> Response:
        where = site()
        if where is None:
            raise HTTPException(404)
        write = Representation(site_map.MEDIA_TYPE, encoder(partial(site_map.site_map, site=where)))
        return await answers().respond(request, partial(insights().matches, None, None, None), write)

    return [
        Route("/", matches, name="matches_page"),
        Route("/match/{match_id}", match, name="match_page"),
        Route("/match/{match_id}/prices", prices, name="prices_page"),
        Route("/match/{match_id}/picture.png", picture, name="match_picture"),
        Route("/embed/match/{match_id}", card, name="match_card"),
        Route("/pick", pick, name="pick_page"),
        Route("/sitemap.xml", mapped, name="site_map"),
    ]


async def _of_match(
    request: Request, insights: Insights, answers: CachedResponder, writes: tuple[Write, Write], form: Form
) -> Response:
    """What the first of ``writes`` makes of a match that is forecast, or the second of one that is over."""
    match_id = parameters.match_id(request)
    coming, past = writes
    try:
        forecast = insights.insight(match_id)
    except UnknownMatch:
        return await page(answers, request, partial(insights.match, match_id), past, form)
    return await page(answers, request, lambda: forecast, coming, form)

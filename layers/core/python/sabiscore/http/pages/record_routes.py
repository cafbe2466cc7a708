"""The pages of what forecasts are worth: open value bets, the track record, the ledger."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.domain.value import THRESHOLD
from sabiscore.http import parameters, queries
from sabiscore.http.cached_responder import CachedResponder
from sabiscore.http.pages.html import page
from sabiscore.insights.answers.leagues import served_league
from sabiscore.insights.ledger_query import LedgerQuery
from sabiscore.insights.service import Insights
from sabiscore.pages.ledger import ledger_entry_page, ledger_page
from sabiscore.pages.record import record_page
from sabiscore.pages.value import value_page


class ValuePageQuery(BaseModel):
    """Which value bets a page shows, and in which order."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    league: str | None = Field(default=None, max_length=80)
    sort: Literal["edge", "kickoff", "age"] = "edge"


class LedgerPageQuery(BaseModel):
    """Which entries of the ledger a page shows: those before ``cursor``, of a league or match."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    cursor: int | None = Field(default=None, ge=1)
    league: str | None = Field(default=None, max_length=80)
    match: str | None = Field(default=None, max_length=parameters.MOST_ID)


def record_page_routes(
    insights: Callable[[], Insights],
    answers: Callable[[], CachedResponder],
    site: Callable[[], str | None],
) -> list[Route]:
    """Routes that answer with HTML; the arguments are first called by a request.

    ``site`` is where readers find the pages, without a slash at the end; None where nobody said.
    """

    async def value(request: Request) -> Response:
        asked = queries.query(request, ValuePageQuery)
        league = asked.league or None
        write = partial(value_page, order=asked.sort, league=league, site=site())
        ask = partial(insights().value_bets, league, THRESHOLD, None)
        return await page(answers(), request, ask, write)

    async def record(request: Request) -> Response:
        write = partial(record_page, site=site())
        return await page(answers(), request, insights().whole_performance, write)

    async def ledger(request: Request) -> Response:
        asked = queries.query(request, LedgerPageQuery)
        league = served_league(asked.league).key if asked.league else None
        query = LedgerQuery(cursor=asked.cursor, order="newest", league=league, match_id=asked.match or None)
        write = partial(ledger_page, league=league, match=asked.match or None)
        return await page(answers(), request, partial(insights().ledger, query), write)

    async def ledger_entry(request: Request) -> Response:
        ask = partial(insights().ledger_entry, parameters.ledger_entry(request))
        return await page(answers(), request, ask, ledger_entry_page)

    return [
        Route("/value", value, name="value_page"),
        Route("/record", record, name="record_page"),
        Route("/record/ledger", ledger, name="ledger_page"),
        Route("/record/ledger/{entry}", ledger_entry, name="ledger_entry_page"),
    ]

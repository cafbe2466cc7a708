"""The routes of the public ledger: pages as JSON or as the very lines that were hashed, single entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import parameters
from sabiscore.http.caching import Headers
from sabiscore.http.representation import JSON, Representation
from sabiscore.insights.ledger_query import LedgerQuery

if TYPE_CHECKING:
    from sabiscore.http.cached_responder import CachedResponder
    from sabiscore.insights.answers.cacheable_document import CacheableDocument
    from sabiscore.insights.document import Document
    from sabiscore.insights.ledger_documents import LedgerPageView
    from sabiscore.insights.service import Insights

LINES_TYPE = "application/x-ndjson"
HEAD_FIELD = "x-ledger-head"


def _lines(document: Document) -> bytes:
    """The texts as they were hashed, each with a line's end that was not."""
    page = cast("LedgerPageView", document)
    return "".join(f"{entry.body}\n" for entry in page.entries).encode()


def _headers(document: Document) -> Headers:
    """Where the next page is (RFC 8288), and the newest entry of the ledger by number and hash."""
    page = cast("LedgerPageView", document)
    link = (("link", f'<{page.next}>; rel="next"'),) if page.next else ()
    head = ((HEAD_FIELD, f"{page.head.seq} {page.head.hash}"),) if page.head else ()
    return (*link, *head)


LEDGER_JSON = Representation(JSON.media_type, JSON.encode, headers_of=_headers)
LEDGER_LINES = Representation(LINES_TYPE, _lines, headers_of=_headers)


def ledger_routes(insights: Callable[[], Insights], answers: Callable[[], CachedResponder]) -> list[Route]:
    """Routes whose names are the operation ids of the API; both arguments are first called by a request."""

    async def get_ledger(request: Request) -> Response:
        from sabiscore.http.queries import LedgerParameters, query
        from sabiscore.insights.answers.leagues import served_league

        asked = query(request, LedgerParameters)
        lines = asked.format == "jsonl"

        def ask() -> CacheableDocument:
            wanted = LedgerQuery(
                cursor=asked.cursor,
                limit=asked.limit,
                order=asked.order,
                league=served_league(asked.league).key if asked.league else None,
                match_id=asked.match,
            )
            return insights().ledger(wanted, lines=lines)

        return await answers().respond(request, ask, LEDGER_LINES if lines else LEDGER_JSON)

    async def get_ledger_entry(request: Request) -> Response:
        parameters.no_query(request)
        ask = partial(insights().ledger_entry, parameters.ledger_entry(request))
        return await answers().respond(request, ask)

    return [
        Route("/api/v1/ledger", get_ledger, name="get_ledger"),
        Route("/api/v1/ledger/{entry}", get_ledger_entry, name="get_ledger_entry"),
    ]

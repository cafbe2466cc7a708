"""The routes of the revalidate function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.errors import EdgeUnavailable
from sabiscore.http import parameters, queries, signatures
from sabiscore.http.problems import problem
from sabiscore.http.revalidate_body import Revalidate
from sabiscore.http.schema import EdgeTold, Revalidated, RevalidationState
from sabiscore.http.webhooks import SignedCalls, secret_in
from sabiscore.insights.revalidation import Revalidation
from sabiscore.observability.log import log

_NO_STORE = {"Cache-Control": "no-store"}


def revalidate_routes(
    revalidation: Callable[[], Revalidation], calls: Callable[[], SignedCalls], now: Callable[[], datetime]
) -> list[Route]:
    """Routes whose names are the operation ids of the API; what is called is first called by a request."""

    async def get_revalidate(request: Request) -> Response:
        parameters.no_query(request)
        state = RevalidationState(
            status="ready" if calls().are_taken else "closed", edge=revalidation().has_edge
        )
        return _json(state.model_dump_json())

    async def post_revalidate(request: Request) -> Response:
        parameters.no_query(request)
        try:
            return _json(await _revalidated(request))
        except EdgeUnavailable as error:
            return _edge_away(request, error)

    async def _revalidated(request: Request) -> bytes | str:
        content = await request.body()
        if signatures.SIGNATURE not in request.headers and calls().knows(secret_in(content)):
            asked = await queries.body(request, Revalidate)
            return (await done(asked)).model_dump_json(include={"revalidated", "path", "timestamp"})
        call = await calls().admit(request.headers, content)
        asked = await queries.body(request, Revalidate)

        async def work() -> bytes:
            return (await done(asked)).model_dump_json().encode()

        return await calls().once(call, work)

    async def done(asked: Revalidate) -> Revalidated:
        did = await revalidation().revalidate(asked.targets)
        return Revalidated(
            revalidated=True,
            path=asked.path,
            timestamp=now(),
            tags=asked.targets.tags,
            hot=did.hot,
            recomputed=did.recomputed,
            edge=EdgeTold(purged=did.edge_purged, reason=None if did.edge_purged else "There is no edge."),
        )

    return [
        Route("/api/revalidate", get_revalidate, name="get_revalidate"),
        Route("/api/revalidate", post_revalidate, name="post_revalidate", methods=["POST"]),
    ]


def _edge_away(request: Request, error: EdgeUnavailable) -> Response:
    """503, so that the sender tries again: the work is done once more, and the edge purged."""
    detail = "Our caches were purged, but the edge was not: it may show older answers until they expire."
    log().error("the edge was not purged: %s", error)
    errors = [{"where": "edge", "message": str(error)}]
    return problem(request.scope, 503, "unavailable", detail, hint="Make the call again.", errors=errors)


def _json(document: str | bytes) -> Response:
    return Response(document, headers=_NO_STORE, media_type="application/json")

"""How pages are for their readers, told by browsers and only counted: nothing is kept of who told."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import parameters, queries
from sabiscore.http.vitals_body import VitalsReport
from sabiscore.observability.metrics import METRICS

TIMES = ("lcp", "fcp", "ttfb", "inp")


def vitals_routes() -> list[Route]:
    """The route that takes a browser's report and answers 204."""

    async def post_vitals(request: Request) -> Response:
        parameters.no_query(request)
        report = await queries.body(request, VitalsReport)
        for vital in TIMES:
            milliseconds = getattr(report, vital)
            if milliseconds is not None:
                METRICS.web_vital(vital, report.page, milliseconds / 1000)
        if report.cls is not None:
            METRICS.layout_shifted(report.page, report.cls)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return [Route("/vitals", post_vitals, name="post_vitals", methods=["POST"])]

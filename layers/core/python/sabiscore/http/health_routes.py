"""The routes of the health function; pydantic is not needed here, so it is not imported."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from sabiscore.http.middleware.edge_caller import FAULT, EdgeFault
from sabiscore.http.problems import problem
from sabiscore.insights.health import HealthCheck, HealthReporter, HealthResult
from sabiscore.observability.exposition import MEDIA_TYPE

_NO_STORE = {"Cache-Control": "no-store"}


def health_routes(
    health: Callable[[], HealthReporter], metrics: Callable[[HealthResult], Awaitable[str]]
) -> list[Route]:
    """Routes whose names are the operation ids of the API; ``health`` is first called by a request.

    ``metrics`` gives the text for Prometheus, with health as it is reported.
    """

    async def get_health(request: Request) -> Response:
        report = await run_in_threadpool(health().report)
        return _json(_through_edge(report, request.scope).plain())

    async def get_live(_request: Request) -> Response:
        return _json({"status": "ok"})

    async def get_ready(request: Request) -> Response:
        report = await run_in_threadpool(health().report)
        if report.status != "unavailable":
            return _json(report.plain())
        failed = [check for check in report.checks if check.status == "fail"]
        return problem(
            request.scope,
            503,
            "unavailable",
            " ".join(check.detail for check in failed),
            errors=[{"where": check.name, "message": check.detail} for check in failed],
        )

    async def get_metrics(_request: Request) -> Response:
        text = await metrics(await run_in_threadpool(health().report))
        return Response(text, headers=_NO_STORE, media_type=MEDIA_TYPE)

    return [
        Route("/health", get_health, name="get_health"),
        Route("/health/live", get_live, name="get_live"),
        Route("/health/ready", get_ready, name="get_ready"),
        Route("/metrics", get_metrics, name="get_metrics"),
    ]


def _through_edge(report: HealthResult, scope: Scope) -> HealthResult:
    """The report with what this function thinks of the edge that the request came through, if it did."""
    if FAULT not in scope or any(
        (check.name, check.status) == ("settings", "fail") for check in report.checks
    ):
        return report
    fault: EdgeFault | None = scope[FAULT]
    return report.with_check(
        HealthCheck("edge", "warn", _FAULTS[fault])
        if fault
        else HealthCheck("edge", "pass", "The edge signs for its readers.")
    )


_FAULTS: Mapping[EdgeFault, str] = {
    "signature": "The edge's signature does not hold: its EDGE_SECRET is not SABISCORE_EDGE_SECRET of this "
    "function, and readers are limited as if they were one.",
    "clock": "The edge's signature is of another time: its clock and this function's differ by minutes.",
}


def _json(document: dict[str, Any]) -> Response:
    return Response(json.dumps(document), headers=_NO_STORE, media_type="application/json")

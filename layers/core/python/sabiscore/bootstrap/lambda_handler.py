"""A Lambda handler around an ASGI app: API Gateway's event in, its answer out, seen by CloudWatch."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from mangum import Mangum
from starlette.types import ASGIApp

from sabiscore.bootstrap.fleet_metrics import flushing_metrics
from sabiscore.http.gateway import refusal
from sabiscore.observability.log import SERVICE, log

if TYPE_CHECKING:
    from mangum.types import ASGI

Handler = Callable[[Any, Any], Any]

NAMESPACE = "SabiScore"
_BODILESS = frozenset({204, 304})


def lambda_handler(app: ASGIApp, *, flushes: bool = True) -> Handler:
    """The handler to export; background work does not outlive a response, so there is no lifespan.

    An event that is no HTTP request is answered 400 instead of raising. With ``flushes`` a call tells the
    fleet at its end what this process counted, where that is due.
    """
    adapter = Mangum(cast("ASGI", flushing_metrics(app) if flushes else app), lifespan="off")

    def handle(event: Any, context: Any) -> Any:
        return refusal(adapter, event, context) or untyped(adapter(event, context))

    return handle


def untyped(answer: Any) -> Any:
    """``answer`` without the type that Mangum gives even a 304, from which caches would take it over."""
    if answer["statusCode"] in _BODILESS:
        answer["headers"].pop("content-type", None)
    return answer


def measured(handler: Handler, function: str) -> Handler:
    """``handler`` with its cold starts, answers and failures as CloudWatch metrics and log keys."""
    cold = True

    def handle(event: Any, context: Any) -> Any:
        nonlocal cold
        # Imported inside the first call, not at start: health answers without it.
        from aws_lambda_powertools import Metrics
        from aws_lambda_powertools.metrics import MetricUnit

        metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
        # By its name in AWS, which says stage and region: those of two stages are not one.
        metrics.add_dimension("function", os.environ.get("AWS_LAMBDA_FUNCTION_NAME", function))
        metrics.add_metric("ColdStart", MetricUnit.Count, int(cold))
        cold = False
        try:
            answer = handler(event, context)
            metrics.add_metric("Answers", MetricUnit.Count, 1)
            metrics.add_metric("ServerErrors", MetricUnit.Count, int(answer.get("statusCode", 200) >= 500))
            return answer
        except Exception:
            metrics.add_metric("Uncaught", MetricUnit.Count, 1)
            log().exception("the event could not be handled")
            raise
        finally:
            metrics.flush_metrics()

    return handle

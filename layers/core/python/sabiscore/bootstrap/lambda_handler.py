"""A Lambda handler around an ASGI app: API Gateway's event in, its answer out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from mangum import Mangum
from starlette.types import ASGIApp

from sabiscore.bootstrap.fleet_metrics import flushing_metrics
from sabiscore.bootstrap.measured import Handler
from sabiscore.http.gateway import refusal

if TYPE_CHECKING:
    from mangum.types import ASGI

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

"""What arrives at a function: an HTTP request in API Gateway's payload format 2.0, or a refusal.

Mangum reads events of four services and trusts their shape; a function may be called by anything
that is allowed to (a schedule set up by mistake, the console's test button), and must not raise.
"""

from __future__ import annotations

import json
from typing import Any

from mangum import Mangum

UNREADABLE = {
    "type": "/docs#problem-bad-request",
    "title": "The request cannot be read",
    "status": 400,
    "detail": "The event is not an HTTP request in API Gateway's payload format 2.0.",
    "instance": "",
    "request_id": "",
    "hint": "Call the function through its API.",
    "candidates": [],
    "errors": [],
}


def refusal(adapter: Mangum, event: Any, context: Any) -> dict[str, Any] | None:
    """The answer to an ``event`` that ``adapter`` could not read; None for one that it can."""
    if _readable(adapter, event, context):
        return None
    return {
        "statusCode": 400,
        "headers": {"content-type": "application/problem+json", "cache-control": "no-store"},
        "body": json.dumps(UNREADABLE),
        "isBase64Encoded": False,
    }


def _readable(adapter: Mangum, event: Any, context: Any) -> bool:
    """Whether everything that the adapter takes from ``event`` is there and of its type."""
    if not isinstance(event, dict) or event.get("version") != "2.0":
        return False
    try:
        request = adapter.infer(event, context)
        scope, _body = request.scope, request.body
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
        return False
    return isinstance(scope["method"], str) and isinstance(scope["path"], str)

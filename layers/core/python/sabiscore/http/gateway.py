"""What arrives at a function: an HTTP request in API Gateway's payload format 2.0, or a refusal.

Mangum reads events of four services and trusts their shape; a function may be called by anything
that is allowed to (a schedule set up by mistake, the console's test button), and must not raise.
"""

from __future__ import annotations

from typing import Any

from mangum import Mangum

from sabiscore.http.middleware.body_limit import MOST_BODY_BYTES
from sabiscore.http.middleware.security_headers import HEADERS
from sabiscore.http.problems import MEDIA_TYPE, problem

_HARDENING = {name.decode(): value.decode() for name, value in HEADERS}
LONGEST_BODY = 16 * MOST_BODY_BYTES
"""Letters of an event's body. Up to here the app refuses it in its own words; longer ones are not copied."""


def refusal(adapter: Mangum, event: Any, context: Any) -> dict[str, Any] | None:
    """The answer to an ``event`` that ``adapter`` could not read; None for one that it can."""
    if _is_too_large(event):  # before anybody makes a copy of it
        return _problem(
            413, "body-too-large", f"The body is longer than {MOST_BODY_BYTES} bytes.", "Send less."
        )
    if _readable(adapter, event, context):
        return None
    detail = "The event is not an HTTP request in API Gateway's payload format 2.0."
    return _problem(400, "bad-request", detail, "Call the function through its API.")


def _problem(status: int, slug: str, detail: str, hint: str) -> dict[str, Any]:
    scope = {"path": "", "request_id": ""}
    answer = problem(scope, status, slug, detail, hint=hint)
    return {
        "statusCode": status,
        "headers": {"content-type": MEDIA_TYPE, "cache-control": "no-store", **_HARDENING},
        "body": bytes(answer.body).decode(),
        "isBase64Encoded": False,
    }


def _is_too_large(event: Any) -> bool:
    body = event.get("body") if isinstance(event, dict) else None
    return isinstance(body, str) and len(body) > LONGEST_BODY


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

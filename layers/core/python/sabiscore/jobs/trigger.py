"""The events that a schedule's Lambda function takes: a tick of EventBridge, or a signed call passed on.

Shape of a tick: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
"""

from __future__ import annotations

import re
from typing import Any

from sabiscore.errors import Refused
from sabiscore.observability.trace import HEADER, outgoing

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TICK = ("aws.events", "Scheduled Event")
_CALL = ("sabiscore.cron", "Signed Call")
_KIND = {_TICK: "tick", _CALL: "call"}


def call(job: str, call_id: str) -> dict[str, Any]:
    """The event that passes a signed call on to the function of ``job``, within the trace of the call."""
    source, detail_type = _CALL
    event = {"source": source, "detail-type": detail_type, "id": call_id, "detail": {"job": job}}
    traceparent = outgoing()
    return event if traceparent is None else {**event, HEADER: traceparent}


def traceparent_of(event: Any) -> Any:
    """What ``event`` says of the trace that it was sent in; a tick says nothing."""
    return event.get(HEADER) if isinstance(event, dict) else None


def cause_of(event: Any, job: str) -> str:
    """What ``event`` asks ``job`` to run for, the same whenever it is delivered. Raises Refused.

    >>> cause_of({"source": "aws.events", "detail-type": "Scheduled Event", "id": "7bf7"}, "odds")
    'tick:7bf7'
    >>> cause_of(call("odds", "call_1"), "odds")
    'call:call_1'
    """
    fields = event if isinstance(event, dict) else {}
    source, detail_type, event_id = (fields.get(name) for name in ("source", "detail-type", "id"))
    kind = (
        _KIND.get((source, detail_type)) if isinstance(source, str) and isinstance(detail_type, str) else None
    )
    if kind is None or not isinstance(event_id, str) or not _ID.fullmatch(event_id):
        raise Refused("This is no event of a schedule.", hint="Let EventBridge or the cron function send it.")
    if kind == "call" and fields.get("detail") != {"job": job}:
        raise Refused(f"This call is not for {job}.", hint="Call the function of the schedule that is meant.")
    return f"{kind}:{event_id}"


def is_tick(cause: str) -> bool:
    """Whether EventBridge asked, which asks again when a run fails."""
    return cause.startswith("tick:")

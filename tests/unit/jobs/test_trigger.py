"""What a schedule's function takes for an event, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.lambda_runtime.shapes import from_elsewhere, from_the_gateway
from sabiscore.errors import Refused
from sabiscore.jobs.trigger import call, cause_of, is_tick

TICK = json.loads((Path(__file__).parents[2] / "events/eventbridge/tick.json").read_text())
POISON: dict[str, Any] = {
    "no id": {**TICK, "id": None},
    "an id of another kind": {**TICK, "id": ["x"]},
    "an empty id": {**TICK, "id": ""},
    "an id that is a path": {**TICK, "id": "../odds"},
    "a long id": {**TICK, "id": "a" * 129},
    "another source": {**TICK, "source": "aws.s3"},
    "a source in a list": {**TICK, "source": ["aws.events"]},
    "another detail type": {**TICK, "detail-type": "Object Created"},
    "a call for another schedule": call("cleanup", "call_1"),
    "a call for none": {**call("odds", "call_1"), "detail": None},
    "a call that says more": {**call("odds", "call_1"), "detail": {"job": "odds", "more": 1}},
    "a call in the words of a tick": {**call("odds", "call_1"), "source": "aws.events"},
    **dict(from_the_gateway()),
    **dict(from_elsewhere()),
}


def test_a_tick_and_a_call_are_distinguished_and_the_same_whenever_delivered() -> None:
    tick, called = cause_of(TICK, "odds"), cause_of(call("odds", TICK["id"]), "odds")
    assert tick == cause_of({**TICK, "time": "2026-03-14T09:00:07Z"}, "odds")
    assert (tick != called, is_tick(tick), is_tick(called)) == (True, True, False)


@pytest.mark.parametrize("event", POISON.values(), ids=POISON)
def test_everything_else_is_refused(event: Any) -> None:
    with pytest.raises(Refused):
        cause_of(event, "odds")

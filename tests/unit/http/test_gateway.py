"""Events that are no request are refused before Mangum trips over them; requests pass untouched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from mangum import Mangum
from starlette.applications import Starlette

from infra.lambda_runtime.event import event
from infra.lambda_runtime.shapes import Shape, from_elsewhere, from_the_gateway
from sabiscore.http.gateway import LONGEST_BODY, refusal
from sabiscore.http.middleware.security_headers import HEADERS


@pytest.fixture(scope="module")
def adapter() -> Iterator[Mangum]:
    """An adapter over an app without routes, with an event loop that is closed after use."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield Mangum(Starlette(), lifespan="off")
    asyncio.set_event_loop(None)
    loop.close()


HARMLESS = {
    "without rawPath",
    "without rawQueryString",
    "without requestContext.stage",
    "without isBase64Encoded",
    "without routeKey",
    "without headers",
    "base64: right",
    "null body",
    "null queryStringParameters",
    "null cookies",
    "null rawPath",
}
"""What the gateway does not send, and the adapter does not miss."""


def ids(shapes: list[Shape]) -> list[Any]:
    return [pytest.param(shape, id=name) for name, shape in shapes]


@pytest.mark.parametrize("shape", ids(list(from_the_gateway())))
def test_what_the_gateway_sends_is_read(adapter: Mangum, shape: Any) -> None:
    assert refusal(adapter, shape, None) is None
    assert adapter(shape, None)["statusCode"] in (404, 405)


@pytest.mark.parametrize("shape", ids([each for each in from_elsewhere() if each[0] not in HARMLESS]))
def test_what_is_no_request_is_refused_with_a_problem_document(adapter: Mangum, shape: Any) -> None:
    answer = refusal(adapter, shape, None)
    assert answer is not None
    assert answer["statusCode"] == json.loads(answer["body"])["status"] == 400
    assert answer["headers"]["content-type"] == "application/problem+json"


@pytest.mark.parametrize("shape", ids([each for each in from_elsewhere() if each[0] in HARMLESS]))
def test_parts_that_nobody_reads_may_be_missing(adapter: Mangum, shape: Any) -> None:
    assert refusal(adapter, shape, None) is None


def test_a_refusal_is_hardened_as_every_answer_is(adapter: Mangum) -> None:
    hardening = {name.decode(): value.decode() for name, value in HEADERS}
    for given, status in (
        ({}, 400),
        (event("POST", "/api/v1/insights", body=b"x" * (LONGEST_BODY + 1)), 413),
    ):
        answer = refusal(adapter, given, None)
        assert answer is not None
        assert answer["statusCode"] == status
        assert hardening.items() <= answer["headers"].items()


def test_the_refusal_has_the_members_of_every_problem(adapter: Mangum) -> None:
    answer = refusal(adapter, {}, None)
    assert answer is not None
    members = {"type", "title", "status", "detail", "instance", "request_id", "hint", "candidates", "errors"}
    assert set(json.loads(answer["body"])) == members
    assert refusal(adapter, event("GET", "/health"), None) is None

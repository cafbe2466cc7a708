"""B9: what is made to break parsers is refused and takes no memory, on every route with a body."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from infra.lambda_runtime.event import event
from infra.rigs.bombs import BOMBS, LINE_BYTES
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.http.middleware.body_limit import MOST_BODY_BYTES
from sabiscore.http.signatures import signed_headers
from tests.support.served import SECRET, world

MOST_MEMORY = 50 * 2**20
"""Bytes that Python allocates, as tracemalloc counts them: the same on every machine."""

OF_ACCOUNTS = tuple(f"/api/v1/account{path}" for path in ("", "/session", "/password", "/keys"))
UNSIGNED = ("/api/v1/insights", "/api/v1/push/subscriptions", *OF_ACCOUNTS)
ROUTES = (*UNSIGNED, "/api/revalidate", "/api/cron/odds")
BODILESS = {"/api/v1/account/session/refresh", "/api/v1/account/openid"}
"""They read a cookie alone."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = world(tmp_path_factory.mktemp("publication"))
    for path in ROUTES:  # first imports are not what a bomb costs
        made.client.post(path, content=b"{}", headers=headers_for(made, path, b"{}"))
    return made


def headers_for(made, path: str, body: bytes) -> dict[str, str]:
    signed = signed_headers([SECRET], body, made.clock.now()) if path not in UNSIGNED else {}
    return {"content-type": "application/json", "content-encoding": "gzip", **signed}


def test_every_route_that_takes_a_body_is_tried(served):
    taking = {
        route.path.replace("{name}", "odds") for route in served.routes if "POST" in (route.methods or ())
    }
    assert taking - BODILESS == set(ROUTES)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_is_no_plain_json_is_refused(served, path, bomb):
    body = BOMBS[bomb]
    answer = served.client.post(path, content=body, headers=headers_for(served, path, body))
    assert answer.status_code in (400, 413), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("declared", [True, False])
def test_of_a_line_of_a_hundred_megabytes_hardly_anything_is_read(served, path, declared):
    read = 0

    async def receive():
        nonlocal read
        read += 2**16
        return {"type": "http.request", "body": b"7" * 2**16, "more_body": read < LINE_BYTES}

    sent = []

    async def send(message):
        sent.append(message)

    length = [(b"content-length", b"%d" % LINE_BYTES)] if declared else []
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *length],
    }
    asyncio.run(served.app(scope, receive, send))
    assert sent[0]["status"] == 413
    assert read <= (0 if declared else 2 * MOST_BODY_BYTES)


@pytest.fixture
def gateway(served):
    """Calls the app as Lambda does."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield lambda_handler(served.app)
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("bomb", BOMBS)
def test_through_the_lambda_gateway_it_is_the_same(served, gateway, path, bomb):
    body = BOMBS[bomb]
    shape = event("POST", path, headers=headers_for(served, path, body), body=body)
    answer = gateway(shape, None)
    assert answer["statusCode"] in (400, 413), answer


@pytest.mark.parametrize("in_base64", [True, False])
def test_a_hundred_megabytes_in_an_event_are_never_copied(gateway, in_base64):
    shape = event("POST", "/api/v1/insights", body=b"{}")
    gateway(shape, None)  # first imports are not what a body costs
    shape["body"], shape["isBase64Encoded"] = "A" * LINE_BYTES, in_base64
    tracemalloc.start()
    answer = gateway(shape, None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer["statusCode"] == 413
    assert peak <= 2**20


@pytest.mark.parametrize("path", ROUTES)
def test_all_bombs_together_take_no_memory(served, path):
    tracemalloc.start()
    for body in BOMBS.values():
        served.client.post(path, content=body, headers=headers_for(served, path, body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= MOST_MEMORY

"""B9: what is made to break parsers is refused at once and takes no memory, on every route with a body."""

from __future__ import annotations

import asyncio
import gzip
import resource
import time
import tracemalloc

import pytest

from infra.lambda_runtime.event import event
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.http.middleware.body_limit import MOST_BYTES
from sabiscore.http.signatures import signed_headers
from tests.support.served import SECRET, world

SOON_S = 0.1
MOST_MEMORY = 50 * 2**20
LINE = 100 * 2**20

SMALL = {
    "deep lists": b"[" * 60_000,
    "deep and closed": b"[" * 30_000 + b"]" * 30_000,
    "deep objects": b'{"a":' * 10_000,
    "deep in a member": b'{"matchup":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a huge number": b'{"matchup":' + b"9" * 60_000 + b"}",
    "a number without end": b'{"matchup":1e999999}',
    "a negative one": b'{"matchup":-1e999999}',
    "NaN": b'{"matchup":NaN}',
    "Infinity": b'{"matchup":"Arsenal vs Chelsea","league":-Infinity}',
    "a member twice": b'{"matchup":"Arsenal vs Chelsea","matchup":"Leeds vs Norwich"}',
    "a member twice, differently written": b'{"path":"/match/a","pa\\u0074h":"/match/b"}',
    "a member twice, deeper": b'{"matchup":"Arsenal vs Chelsea","league":{"a":1,"a":2}}',
    "many members": b"{" + b",".join(b'"m%d":1' % at for at in range(5_000)) + b"}}",
    "a gzip bomb": gzip.compress(b"\0" * 40_000_000),
    "not UTF-8": b'{"matchup":"\xff\xfe"}',
    "UTF-16": '{"matchup":"Arsenal vs Chelsea"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"matchup":"Arsenal vs Chelsea"}',
    "nothing": b"",
    "two documents": b'{"matchup":"Arsenal vs Chelsea"}{}',
    "a torn one": b'{"matchup":"Arsenal vs Chel',
    "a lone surrogate": b'{"matchup":"\\ud800"}',
}
ROUTES = ("/api/v1/insights", "/api/revalidate", "/api/cron/odds")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = world(tmp_path_factory.mktemp("publication"))
    for path in ROUTES:  # first imports are not what a bomb costs
        made.client.post(path, content=b"{}", headers=headers_for(made, path, b"{}"))
    return made


def headers_for(made, path: str, body: bytes) -> dict[str, str]:
    signed = signed_headers([SECRET], body, made.clock.now()) if path != "/api/v1/insights" else {}
    return {"content-type": "application/json", "content-encoding": "gzip", **signed}


def test_every_route_that_takes_a_body_is_tried(served):
    taking = {
        route.path.replace("{name}", "odds") for route in served.routes if "POST" in (route.methods or ())
    }
    assert taking == set(ROUTES)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("bomb", SMALL)
def test_what_is_no_plain_json_is_refused_in_a_moment(served, path, bomb):
    body = SMALL[bomb]
    took = []
    for _ in range(3):  # the best of three: a busy machine pauses
        headers = headers_for(served, path, body)
        began = time.perf_counter()
        answer = served.client.post(path, content=body, headers=headers)
        took.append(time.perf_counter() - began)
        assert answer.status_code in (400, 413), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert min(took) <= SOON_S


@pytest.mark.alone
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("declared", [True, False])
def test_of_a_line_of_a_hundred_megabytes_hardly_anything_is_read(served, path, declared):
    read = 0

    async def receive():
        nonlocal read
        read += 2**16
        return {"type": "http.request", "body": b"7" * 2**16, "more_body": read < LINE}

    sent = []

    async def send(message):
        sent.append(message)

    length = [(b"content-length", b"%d" % LINE)] if declared else []
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *length],
    }
    began = time.perf_counter()
    asyncio.run(served.app(scope, receive, send))
    assert time.perf_counter() - began <= SOON_S
    assert sent[0]["status"] == 413
    assert read <= (0 if declared else 2 * MOST_BYTES)


@pytest.fixture
def gateway(served):
    """Calls the app as Lambda does."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield lambda_handler(served.app)
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("bomb", SMALL)
def test_through_the_lambda_gateway_it_is_the_same(served, gateway, path, bomb):
    body = SMALL[bomb]
    took = []
    for _ in range(3):
        shape = event("POST", path, headers=headers_for(served, path, body), body=body)
        began = time.perf_counter()
        answer = gateway(shape, None)
        took.append(time.perf_counter() - began)
        assert answer["statusCode"] in (400, 413), answer
    assert min(took) <= SOON_S


@pytest.mark.alone
@pytest.mark.parametrize("in_base64", [True, False])
def test_a_hundred_megabytes_in_an_event_are_never_copied(gateway, in_base64):
    shape = event("POST", "/api/v1/insights", body=b"{}")
    shape["body"], shape["isBase64Encoded"] = "A" * LINE, in_base64
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    began = time.perf_counter()
    answer = gateway(shape, None)
    took = time.perf_counter() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer["statusCode"] == 413
    assert took <= SOON_S
    assert peak <= 2**20
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) <= MOST_MEMORY


@pytest.mark.parametrize("path", ROUTES)
def test_all_bombs_together_take_no_memory(served, path):
    tracemalloc.start()
    for body in SMALL.values():
        served.client.post(path, content=body, headers=headers_for(served, path, body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= MOST_MEMORY

"""What a stranger may send and what a browser may do with the answer."""

from __future__ import annotations

import asyncio
import re

import pytest

from sabiscore.http.middleware.body_limit import MOST_BODY_BYTES
from sabiscore.http.middleware.security_headers import HEADERS
from tests.support.served import world

ID = "epl-2526-arsenal-chelsea"
PATHS = [
    f"/api/v1/insights/{ID}",
    "/api/v1/matches",
    "/docs/api",
    "/openapi.json",
    "/health",
    "/metrics",
    "/nope",
]


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers_once(served, path):
    headers = served.client.get(path).headers
    for name, _ in HEADERS:
        assert len(headers.getlist(name.decode())) == 1
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


@pytest.mark.parametrize("path", PATHS)
def test_a_well_formed_request_id_comes_back(served, path):
    assert served.client.get(path, headers={"x-request-id": "a.b-C_9"}).headers["x-request-id"] == "a.b-C_9"


@pytest.mark.parametrize("bad", ["", "a" * 65, "a b", "<script>", "a\tb", "é".encode()])
def test_any_other_request_id_is_replaced(served, bad):
    given = served.client.get("/health/live", headers={"x-request-id": bad}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", given)


def test_a_body_at_the_limit_is_read_and_one_over_it_is_not(served):
    padded = b'{"matchup":"Arsenal vs Chelsea"}'.ljust(MOST_BODY_BYTES)
    headers = {"content-type": "application/json"}
    assert served.client.post("/api/v1/insights", content=padded, headers=headers).status_code == 200
    response = served.client.post("/api/v1/insights", content=padded + b" ", headers=headers)
    assert response.status_code == 413


def test_a_body_without_a_declared_length_is_cut_off_at_the_limit(served):
    sent = 0

    def endless():
        nonlocal sent
        while True:
            sent += 16384
            yield b" " * 16384

    headers = {"content-type": "application/json"}
    assert served.client.post("/api/v1/insights", content=endless(), headers=headers).status_code == 413
    assert sent <= MOST_BODY_BYTES + 2 * 16384


def test_a_length_that_is_no_number_does_not_break_anything(served):
    messages = []

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message):
        messages.append(message)

    for length in (b"-1", b"1e9", b"9" * 400):
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/insights",
            "query_string": b"",
            "headers": [(b"content-length", length), (b"content-type", b"application/json")],
        }
        asyncio.run(served.app(scope, receive, send))
    assert [m["status"] for m in messages if m["type"] == "http.response.start"] == [422, 422, 413]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script> vs <b>", "a\u202eb vs \u0000c", "🏟️ vs ⚽", "x" * 90 + " v y"]
)
def test_what_a_stranger_writes_comes_back_bounded_and_as_json_only(served, text):
    response = served.client.post("/api/v1/insights", json={"matchup": text})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < 2000


def test_the_page_is_allowed_its_own_style_and_nothing_else(served):
    policy = served.client.get("/docs/api").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")

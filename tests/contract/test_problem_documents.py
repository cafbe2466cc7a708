"""Every error has the same members, whatever went wrong and wherever."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Route

from sabiscore.errors import BadBundle
from sabiscore.http.app import create_app
from sabiscore.http.problems import TITLES
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.http.schema import Problem
from sabiscore.limits.bucket import Buckets
from tests.support.served import Client, World, world

MEMBERS = ["type", "title", "status", "detail", "instance", "request_id", "hint", "candidates", "errors"]
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
ID = "epl-2526-arsenal-chelsea"


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def check(response, status: int, slug: str) -> dict:
    """The problem document of ``response``, seen to be one."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    document = response.json()
    assert list(document) == MEMBERS
    assert document["type"] == f"/docs#problem-{slug}"
    assert document["title"] == TITLES[slug]
    assert document["status"] == status
    assert document["request_id"] == response.headers["x-request-id"]
    assert document["instance"] == response.path
    Problem.model_validate_json(response.content)
    return document


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "slug"),
    [
        ("GET", "/", {}, 404, "not-found"),
        ("GET", "/api/v1/leagues/", {}, 404, "not-found"),
        ("GET", "/api/v1/insights/epl-2526-arsenal-arsenal", {}, 404, "unknown-match"),
        ("GET", "/api/v1/insights/national-league-2526-altrincham-southend", {}, 404, "unknown-match"),
        ("GET", "/api/v1/insights/EPL", {}, 422, "invalid"),
        ("GET", f"/api/v1/insights/{'a' * 121}", {}, 422, "invalid"),
        ("GET", f"/api/v1/insights/{ID}?x=1", {}, 422, "invalid"),
        ("GET", "/api/v1/matches?league=nowhere", {}, 422, "unknown-league"),
        ("GET", "/api/v1/matches?league=national-league", {}, 422, "unknown-league"),
        ("GET", "/api/v1/matches?league=", {}, 422, "invalid"),
        ("GET", "/api/v1/matches?from=2025-02-30", {}, 422, "invalid"),
        ("GET", "/api/v1/matches?from=1755244800", {}, 422, "invalid"),
        ("GET", "/api/v1/matches?to=2025-08-16T00:00:00", {}, 422, "invalid"),
        ("GET", "/api/v1/matches?from=2025-08-17&to=2025-08-16", {}, 422, "invalid"),
        ("GET", "/api/v1/matches?from=2025-08-17&from=2025-08-17", {}, 422, "invalid"),
        ("GET", "/api/v1/matches?limit=5", {}, 422, "invalid"),
        ("GET", "/api/v1/leagues?league=epl", {}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"content": "{", "headers": JSON}, 400, "bad-request"),
        ("POST", "/api/v1/insights", {"content": b"\xff\xfe", "headers": JSON}, 400, "bad-request"),
        ("POST", "/api/v1/insights", {"content": "[" * 5000, "headers": JSON}, 400, "bad-request"),
        ("POST", "/api/v1/insights", {"content": "{}"}, 415, "unsupported-media-type"),
        (
            "POST",
            "/api/v1/insights",
            {"content": "a=b", "headers": FORM},
            415,
            "unsupported-media-type",
        ),
        ("POST", "/api/v1/insights", {"json": {}}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"json": []}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"json": {"matchup": 3}}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"json": {"matchup": "Arsenal vs Chelsea", "odds": 1}}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"json": {"matchup": "Arsenal"}}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"json": {"matchup": "Arsenal vs Gunners"}}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"json": {"matchup": "Arsenal vs Real Madrid"}}, 422, "invalid"),
        ("POST", "/api/v1/insights", {"json": {"matchup": "Arsnal vs Chelsea"}}, 422, "unknown-team"),
        ("POST", "/api/v1/insights", {"content": b"x" * 65537, "headers": JSON}, 413, "body-too-large"),
    ],
)
def test_a_refusal_is_a_problem_document(served, method, path, sent, status, slug):
    document = check(served.client.request(method, path, **sent), status, slug)
    assert document["detail"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_wrong_method_is_refused_on_every_route_and_says_which_are_right(served, method):
    taken = {route.path for route in served.routes if method in (route.methods or ())}
    for route in served.routes:
        if route.path in taken:
            continue
        response = served.client.request(method, route.path.replace("{match_id}", ID))
        check(response, 405, "method-not-allowed")
        assert response.headers["allow"]


def test_an_unknown_team_comes_with_candidates(served):
    response = served.client.post("/api/v1/insights", json={"matchup": "Arsnal vs Chelsea", "league": "EPL"})
    document = check(response, 422, "unknown-team")
    assert document["candidates"][0] == "arsenal"
    assert "Arsenal" in document["hint"]


def test_a_bad_value_is_named_by_its_place(served):
    document = check(served.client.get("/api/v1/matches?from=soon"), 422, "invalid")
    assert document["errors"] == [{"where": "query.from", "message": "a date is written YYYY-MM-DD"}]


@pytest.mark.parametrize(
    "path", [f"/api/v1/insights/{ID}", "/api/v1/matches", "/api/v1/leagues", "/health/ready"]
)
def test_nothing_published_is_a_503_that_says_when_to_come_back(tmp_path, path):
    response = World(tmp_path / "nothing").client.get(path)
    check(response, 503, "unavailable" if path == "/health/ready" else "nothing-published")
    assert response.headers["retry-after"] == "30"


def test_no_bundle_is_a_503(served):
    served.models.model = None
    check(served.client.get(f"/api/v1/insights/{ID}"), 503, "nothing-published")
    check(served.client.get("/health/ready"), 503, "unavailable")


def test_real_matches_are_never_answered_by_a_simulated_model(served):
    served.models.model.kind = "simulated"
    check(served.client.get(f"/api/v1/insights/{ID}"), 503, "untrusted")
    check(served.client.get("/health/ready"), 503, "unavailable")


def test_a_bundle_for_other_features_is_never_used(served):
    served.models.model.schema = "another"
    check(served.client.get(f"/api/v1/insights/{ID}"), 503, "untrusted")


async def _breaks(_request):
    raise RuntimeError("/secret/path password=hunter2")


async def _untrusted(_request):
    raise BadBundle("/opt/models/model.onnx was altered.", hint="internal advice")


def test_what_nobody_thought_of_is_a_500_that_shows_nothing(caplog):
    guard = RequestPolicy(limiter=Buckets(100))
    client = Client(create_app([Route("/breaks", _breaks), Route("/untrusted", _untrusted)], lambda: guard))
    response = client.get("/breaks")
    check(response, 500, "unexpected")
    assert not re.search("secret|hunter2|RuntimeError|Traceback", response.text)
    (line,) = caplog.records
    caplog.clear()
    assert line.request_id == response.headers["x-request-id"]
    assert line.exc_info[0] is RuntimeError
    untrusted = client.get("/untrusted")
    assert check(untrusted, 503, "untrusted")["hint"] == ""
    assert not re.search("/opt|altered|advice", untrusted.text)

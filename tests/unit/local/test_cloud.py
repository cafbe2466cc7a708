"""The local gateway routes as the HTTP API does, from the same declaration."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route as Answer
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.cloud import HOST, Gateway, Route, Site, reserve, routes
from sabiscore.errors import BadSetting

SERVERLESS = """
functions:
  insights:
    handler: functions/insights.handler
    events:
      - httpApi: GET /api/v1/insights/{match_id}
      - httpApi: { method: post, path: /api/v1/insights }
  rest:
    handler: functions/cron/rest.handler
    events:
      - schedule: rate(5 minutes)
      - httpApi: GET /files/{proxy+}
      - httpApi: "*"
  quiet:
    handler: functions/quiet.handler
"""


@pytest.fixture
def declared(tmp_path: Path) -> tuple[Route, ...]:
    path = tmp_path / "serverless.yml"
    path.write_text(SERVERLESS)
    return routes(path)


def _named(name: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = PlainTextResponse(f"{name} {scope['method']} {scope['path']}")
        await answer(scope, receive, send)

    return app


def _client(declared: tuple[Route, ...], **apps: ASGIApp) -> TestClient:
    by_module = {route.module: _named(route.module) for route in declared} | apps
    return TestClient(Gateway(declared, by_module, _named("site")))


def test_routes_are_read_from_the_declaration(declared: tuple[Route, ...]) -> None:
    assert [str(route) for route in declared] == [
        "GET /api/v1/insights/{match_id}",
        "POST /api/v1/insights",
        "GET /files/{proxy+}",
        "* /{proxy+}",
    ]
    assert {route.module for route in declared} == {"functions.insights", "functions.cron.rest"}


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("GET", "/api/v1/insights/epl-2526-a-b", "functions.insights GET /api/v1/insights/epl-2526-a-b"),
        ("POST", "/api/v1/insights", "functions.insights POST /api/v1/insights"),
        ("GET", "/files/a/b.txt", "functions.cron.rest GET /files/a/b.txt"),
        ("GET", "/api/v1/insights/a/b", "functions.cron.rest GET /api/v1/insights/a/b"),
        ("DELETE", "/anything", "functions.cron.rest DELETE /anything"),
    ],
)
def test_the_most_specific_path_wins(
    declared: tuple[Route, ...], method: str, path: str, answer: str
) -> None:
    assert _client(declared).request(method, path).text == answer


def test_what_no_function_declares_goes_to_the_site(declared: tuple[Route, ...]) -> None:
    without_all = tuple(route for route in declared if route.method != "*")
    assert _client(without_all).get("/style.css").text == "site GET /style.css"


def test_a_wrong_method_is_answered_by_the_function_of_the_path(declared: tuple[Route, ...]) -> None:
    only = tuple(route for route in declared if route.method == "GET")
    insights = Starlette(
        routes=[Answer("/api/v1/insights/{match_id}", lambda _: PlainTextResponse(""), methods=["GET"])]
    )
    client = _client(only, **{"functions.insights": insights})
    assert client.put("/api/v1/insights/a").status_code == 405


def test_head_is_answered_like_get(declared: tuple[Route, ...]) -> None:
    insights = Starlette(routes=[Answer("/api/v1/insights/{match_id}", lambda _: PlainTextResponse("ok"))])
    answer = _client(declared, **{"functions.insights": insights}).head("/api/v1/insights/a")
    assert answer.status_code == 200
    assert answer.content == b""


def test_a_file_is_served_with_its_headers() -> None:
    found = TestClient(Site()).get("/robots.txt")
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/plain")
    assert found.headers["content-security-policy"].startswith("default-src 'self'")
    assert found.headers["x-content-type-options"] == "nosniff"


def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs() -> None:
    client = TestClient(Site())
    page = client.get("/nothing", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert client.get("/nothing").json()["status"] == 404


@pytest.mark.parametrize("name", ["404.html", "429.html", "503.html", "offline.html"])
def test_a_static_page_needs_nothing_that_its_policy_forbids(name: str) -> None:
    text = TestClient(Site()).get(f"/{name}").text
    assert "<style" not in text
    assert " style=" not in text
    assert "onclick" not in text
    assert "<script>" not in text
    assert "//" not in text.replace("<!doctype html>", "")


def test_a_taken_port_is_refused_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting, match=f"Port {port}.*in use") as refused:
            reserve(port)
        assert "PORT=" in refused.value.hint


@pytest.mark.parametrize("port", [-1, 65536])
def test_an_impossible_port_is_refused(port: int) -> None:
    with pytest.raises(BadSetting, match="PORT"):
        reserve(port)


def test_a_file_with_its_hash_in_the_name_is_kept_for_good_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "site-ABCD1234.js").write_text("export {}")
    (tmp_path / "sw.js").write_text("")
    client = TestClient(Site(tmp_path))
    assert client.get("/assets/site-ABCD1234.js").headers["cache-control"].endswith("immutable")
    assert client.get("/sw.js").headers["cache-control"] == "no-cache"
    assert client.get("/assets/site-0LDBUILD.js").status_code == 404

"""The functions' own answers suit a CDN: nginx in front of them."""

from __future__ import annotations

from http.client import HTTPConnection

import pytest

from infra.bench.function import INSIGHT, insights_function, scratch_data_dir
from infra.cdn.nginx import cdn


@pytest.fixture(scope="module")
def published():
    with scratch_data_dir() as folder:
        yield folder


@pytest.fixture(scope="module")
def edge(published):
    with insights_function(published) as function, cdn(function.port) as nginx:
        yield nginx.port


def ask(port, path, **headers):
    """(status, headers, body)."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def test_a_cdn_keeps_an_insight_as_its_headers_say(edge):
    status, first, body = ask(edge, INSIGHT)
    assert (status, first.get_all("Cache-Status")[-1]) == (200, "nginx; fwd=uri-miss")
    _, again, same = ask(edge, INSIGHT)
    assert (again.get_all("Cache-Status")[-1], same) == ("nginx; hit", body)
    assert again["Date"] == first["Date"]
    assert again["Cache-Control"] == first["Cache-Control"]
    assert int(again["Cache-Control"].rpartition("=")[2]) <= 300
    status, _, nothing = ask(edge, INSIGHT, If_None_Match=first["ETag"])
    assert (status, nothing) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/api/v1/insights/epl-2425-nobody-nowhere", "/api/v1/leagues?what=1", "/no"]
)
def test_a_cdn_keeps_no_problem(edge, path):
    for _ in range(2):
        status, headers, _ = ask(edge, path)
        assert status in (404, 422)
        assert headers.get_all("Cache-Status")[-1] == "nginx; fwd=uri-miss"

"""Reliability B14: raw HTTP over sockets: functions, local server and Worker agree and are right."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.raw import bodies, conditions, framing, methods, signed, targets
from tests.raw.input import LEAGUES, MATCH_PATH, SERVERS, Input, Server, request
from tests.raw.servers import Servers, three_servers
from tests.raw.wire import Answer, Wire, ask
from tests.support.waiting import until

INPUTS = [
    *targets.INPUTS,
    *methods.INPUTS,
    *framing.INPUTS,
    *bodies.INPUTS,
    *conditions.INPUTS,
    *signed.INPUTS,
]
OF_PROBLEMS = {"type", "title", "status", "detail", "instance", "request_id", "hint", "candidates", "errors"}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with three_servers(tmp_path_factory.mktemp("raw")) as running:
        yield running


def test_there_are_enough_inputs_and_each_exception_says_why() -> None:
    assert len({each.name for each in INPUTS}) == len(INPUTS) >= 150
    assert all(other.why for each in INPUTS for other in each.by_itself.values())


@pytest.mark.parametrize("given", INPUTS, ids=lambda given: given.name)
def test_the_three_agree_and_are_right(servers: Servers, given: Input) -> None:
    wrong = {}
    for server in SERVERS:
        seen = servers.seen[server]
        answer = ask(seen.port, given.send(seen), method=given.method)
        if found := list(_faults(given, server, answer)):
            wrong[server] = found
    assert wrong == {}, wrong


def _faults(given: Input, server: Server, answer: Answer) -> Iterator[str]:
    other = given.by_itself.get(server)
    if other is not None:
        if answer.status != other.status:
            yield f"{answer.status}, and by itself {other.status}"
        return
    if answer.status != given.status:
        yield f"{answer.status} {answer.body[:300]!r}, not {given.status}"
        return
    if given.problem and given.method != "HEAD":
        yield from _faults_of_problem(given, answer)
    for name, value in given.fields.items():
        if set((answer.field(name) or "").split(", ")) != set(value.split(", ")):
            yield f"{name}: {answer.field(name)}"
    if answer.status in (204, 304) and (answer.body or answer.field("content-type") is not None):
        yield "no body, and its type"
    if answer.status == 304 and answer.field("cache-control") is None:
        yield "304 without what it renews"
    if answer.status == 206:
        yield from _faults_of_part(answer)


def _faults_of_problem(given: Input, answer: Answer) -> Iterator[str]:
    if answer.field("content-type") != "application/problem+json":
        yield f"{answer.field('content-type')} is no problem document"
        return
    document = json.loads(answer.body)
    if set(document) != OF_PROBLEMS or document["status"] != given.status:
        yield f"other members: {document}"
    if document["type"] != f"/docs#problem-{given.problem}":
        yield document["type"]
    if answer.field("cache-control") != "no-store" or answer.field("x-request-id") != document["request_id"]:
        yield "may be kept, or is of another request"


def _faults_of_part(answer: Answer) -> Iterator[str]:
    unit, _, said = (answer.field("content-range") or "").partition(" ")
    part, _, whole = said.partition("/")
    first, _, last = part.partition("-")
    if unit != "bytes" or int(last) - int(first) + 1 != len(answer.body) or int(last) >= int(whole):
        yield f"content-range: {answer.field('content-range')} of {len(answer.body)} bytes"


@pytest.mark.parametrize("server", SERVERS)
def test_ranges_put_together_are_the_whole(servers: Servers, server: Server) -> None:
    port = servers.seen[server].port
    whole = ask(port, request(f"GET {MATCH_PATH} HTTP/1.1"))
    size = len(whole.body)
    parts = [
        ask(port, request(f"GET {MATCH_PATH} HTTP/1.1", f"Range: bytes={first}-{first + 999}"))
        for first in range(0, size, 1000)
    ]
    assert {part.field("etag") for part in parts} == {whole.field("etag")}
    assert b"".join(part.body for part in parts) == whole.body


@pytest.mark.parametrize("server", SERVERS)
def test_one_connection_takes_many_requests_and_each_gets_its_own_answer(
    servers: Servers, server: Server
) -> None:
    lines = [
        ("HEAD", LEAGUES, 200),
        ("GET", "/health/live", 200),
        ("GET", "/api/v1/nothing", 404),
        ("HEAD", MATCH_PATH, 200),
        ("GET", MATCH_PATH, 200),
    ]
    with Wire(servers.seen[server].port) as wire:
        for method, path, status in lines:
            wire.send(request(f"{method} {path} HTTP/1.1"))
            assert wire.answer(method).status == status, path
        # Sent at once, answered in their order.
        wire.send(b"".join(request(f"{method} {path} HTTP/1.1") for method, path, _ in lines))
        assert [wire.answer(method).status for method, _, _ in lines] == [status for *_, status in lines]
        wire.send(request("GET /health/live HTTP/1.1", "Connection: close"))
        assert wire.answer().status == 200
        assert wire.ends()


@pytest.mark.parametrize("server", SERVERS)
def test_a_head_says_what_a_get_would(servers: Servers, server: Server) -> None:
    port = servers.seen[server].port
    for path in (MATCH_PATH, LEAGUES, "/openapi.json"):
        got = ask(port, request(f"GET {path} HTTP/1.1"))
        head = ask(port, request(f"HEAD {path} HTTP/1.1"), method="HEAD")
        for name in ("etag", "last-modified", "content-type", "content-length", "cache-control", "vary"):
            assert head.field(name) == got.field(name), (path, name)


@pytest.mark.parametrize("server", SERVERS)
def test_a_body_is_waited_for_where_the_reader_asks_first(servers: Servers, server: Server) -> None:
    with Wire(servers.seen[server].port) as wire:
        fields = (bodies.JSON, bodies.LENGTH, "Expect: 100-continue")
        wire.send(request(f"POST {bodies.PATH} HTTP/1.1", *fields))
        for letter in bodies.ASKED:
            wire.send(bytes([letter]))
        assert wire.answer("POST").status == 200


def test_only_if_cached_is_answered_by_the_cache_alone(servers: Servers) -> None:
    """Functions are the origin, of whom it asks nothing; the Worker has it or says that it has not."""
    path = "/api/v1/matches?league=serie-a"
    asked = request(f"GET {path} HTTP/1.1", "Cache-Control: max-age=60, Only-If-Cached")
    cold = ask(servers.seen["worker"].port, asked)
    assert (cold.status, json.loads(cold.body)["type"]) == (504, "/docs#problem-not-stored")
    assert servers.get("worker", path).status == 200
    assert [ask(servers.seen[server].port, asked).status for server in SERVERS] == [200, 200, 200]


@pytest.mark.parametrize("server", SERVERS)
def test_a_reader_who_hangs_up_in_the_middle_is_no_failure_of_ours(servers: Servers, server: Server) -> None:
    port, before = servers.seen[server].port, _counted(servers, 499)
    for fields, body in (((bodies.LENGTH,), b'{"ma'), ((bodies.CHUNKED,), b'1f\r\n{"ma')):
        with Wire(port) as wire:
            wire.send(request(f"POST {bodies.PATH} HTTP/1.1", bodies.JSON, *fields, body=body))
    if server == "up":
        assert until(lambda: _counted(servers, 499), lambda count: count >= before + 2) == before + 2
    assert servers.get(server, "/health/live").status == 200


def _counted(servers: Servers, status: int) -> int:
    text = servers.get("up", "/metrics").body.decode()
    lines = [line for line in text.splitlines() if "requests_total" in line and f'"{status}"' in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


def test_none_of_this_was_a_failure(servers: Servers) -> None:
    """Last in this file: nothing that was asked above was counted or logged as one of ours."""
    assert _counted(servers, 500) == 0
    for server in ("functions", "up"):
        assert "Traceback" not in servers.said(server)
        assert '"level":"ERROR"' not in servers.said(server)

"""Invoking a function of ours: its answer, and every way in which it gives none."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sabiscore.errors import Unavailable
from sabiscore.net.invocation import invoke
from tests.support.waiting import HANG_S, until

EVENT = {"id": "call_1"}
Answer = Callable[[BaseHTTPRequestHandler], None]


class Lambda:
    """Lambda's Invoke API on 127.0.0.1, answering as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, str]] = []
        self.status, self.body, self.headers = 200, b'{"outcome": "done"}', dict[str, str]()
        self.hold = threading.Event()
        self.hold.set()
        api = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
                api.asked.append((self.path, json.loads(body), kind))
                api.hold.wait()  # the end lets go
                self.send_response(api.status)
                for name, value in {**api.headers, "Content-Length": str(len(api.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(api.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
                """The test shows what was asked."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Whoever waits no longer hangs up."""

        self.server = Server(("127.0.0.1", 0), Endpoint)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    made = Lambda()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{made.server.server_address[1]}")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield made
    made.hold.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_it_waits_for_the_answer(api: Lambda) -> None:
    assert invoke("sabiscore-edge-test-odds", EVENT, wait_s=HANG_S) == {"outcome": "done"}
    path = "/2015-03-31/functions/sabiscore-edge-test-odds/invocations"
    assert api.asked == [(path, EVENT, "RequestResponse")]


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"X-Amz-Function-Error": "Unhandled"}, b'{"errorMessage": "Task timed out"}'),
        (200, {}, b"null"),
        (200, {}, b'{"outcome": "do'),
        (403, {}, b'{"Message": "not authorized"}'),
        (404, {}, b'{"Message": "Function not found"}'),
        (429, {}, b'{"Message": "Rate exceeded"}'),
        (502, {}, b"<html>bad gateway</html>"),
    ],
)
def test_no_answer_is_unavailable_and_not_tried_again(
    api: Lambda, status: int, headers: dict[str, str], body: bytes
) -> None:
    api.status, api.headers, api.body = status, headers, body
    with pytest.raises(Unavailable, match="sabiscore-edge-test-odds"):
        invoke("sabiscore-edge-test-odds", EVENT, wait_s=HANG_S)
    assert len(api.asked) == 1


def test_one_that_takes_longer_is_left_to_go_on(api: Lambda) -> None:
    api.hold.clear()
    assert invoke("sabiscore-edge-test-odds", EVENT, wait_s=0.2) is None
    assert len(until(lambda: api.asked)) == 1


def test_one_that_cannot_be_reached_is_unavailable(api: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        invoke("sabiscore-edge-test-odds", EVENT, wait_s=0.5)

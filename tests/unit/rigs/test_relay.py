"""A relay hands on what it is given, and counts the requests in it."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from infra.rigs.part import HOST
from infra.rigs.relay import Relay, relay

BODY = b"GET /not-a-request HTTP/1.1" * 5


class Upstream(BaseHTTPRequestHandler):
    """Answers everything, from memory."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Cache-Status", "Edge; hit; detail=memory")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def running() -> Iterator[Relay]:
    server = ThreadingHTTPServer((HOST, 0), Upstream)
    Thread(target=server.serve_forever, daemon=True).start()
    with relay(server.server_port) as found:
        yield found
    server.shutdown()
    server.server_close()


def ask(port: int, *paths: str) -> list[bytes]:
    connection = HTTPConnection(HOST, port, timeout=30)
    bodies = []
    for path in paths:
        connection.request("GET", path)
        bodies.append(connection.getresponse().read())
    connection.close()
    return bodies


def test_bytes_arrive_as_they_were_sent(running: Relay) -> None:
    assert ask(running.port, "/a") == [BODY]


def test_every_request_of_a_connection_is_counted_with_its_answer(running: Relay) -> None:
    ask(running.port, "/a", "/b?c=1")
    assert running.targets == ["/a", "/b?c=1"]
    assert running.statuses == ["Edge; hit; detail=memory"] * 2
    assert running.received > 2 * len(BODY)


def test_it_counts_from_nothing_again(running: Relay) -> None:
    ask(running.port, "/a")
    running.clear()
    ask(running.port, "/b")
    assert running.targets == ["/b"]
    assert len(running.statuses) == 1

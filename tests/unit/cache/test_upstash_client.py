"""The client of the shared cache reads no more than an entry can hold, tries once, and tells nobody of us."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from infra.rigs.faults import fault_proxy
from sabiscore.cache.upstash_client import connect


def asked(port: int):
    """What comes of one GET through a client that reads 2 MB at most."""

    async def story():
        redis = connect(f"http://127.0.0.1:{port}", "token", most_bytes=2_000_000)
        try:
            assert "Upstash-Telemetry-Sdk" not in redis._headers
            return await redis.get("key")
        finally:
            await redis.close()

    return asyncio.run(story())


def test_an_answer_without_end_is_not_read_to_its_end():
    with fault_proxy(1) as proxy:
        proxy.fault = "oversized"
        with pytest.raises(Exception, match="more bytes than any entry has"):
            asked(proxy.port)


def test_what_fails_is_tried_once():
    with fault_proxy(1) as proxy:
        proxy.fault = "200_html"
        with pytest.raises(ValueError, match="Expecting value"):
            asked(proxy.port)
        assert proxy.requests == 1


@contextmanager
def saying(length: int) -> Iterator[tuple[int, list[Message]]]:
    """The port of a server whose every answer has a body of ``length`` bytes, and the headers that it saw."""
    seen: list[Message] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers)
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"result":"eA=="}'.ljust(length)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_answer_may_be_as_long_as_the_bound_and_no_longer():
    with saying(2_000_000) as (port, _):
        assert asked(port) == "x"
    with saying(2_000_001) as (port, _), pytest.raises(Exception, match="more bytes than any entry has"):
        asked(port)


def test_a_call_bears_the_token_and_asks_for_nothing_packed():
    with saying(100) as (port, seen):
        asked(port)
    (headers,) = seen
    assert headers["Authorization"] == "Bearer token"
    assert headers.get_all("Accept-Encoding") == ["identity"]

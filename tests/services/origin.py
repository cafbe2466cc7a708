"""An origin on 127.0.0.1 whose answers a test says, and which remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came."""

    target: str
    headers: HTTPMessage


@dataclass(kw_only=True)
class Origin:
    """Answers everything with ``status``, ``headers`` and ``body``, or 304 where the ETag is held.

    While ``gate`` is not set, answers wait for it. ``asked`` grows before an answer is given.
    """

    port: int = 0
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"one"
    asked: list[Asked] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def says(self, body: bytes, status: int = 200, **headers: str) -> None:
        """From now on this is the answer; header names have _ for -."""
        headers_ = {name.replace("_", "-"): value for name, value in headers.items()}
        self.body, self.status, self.headers = body, status, headers_


@contextmanager
def origin() -> Iterator[Origin]:
    """An origin that listens until the end."""
    headers_ = Origin()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers_.asked.append(Asked(self.path, self.headers))
            headers_.gate.wait()  # the end opens it
            _answer(self, headers_)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that it overrides
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    headers_.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield headers_
    finally:
        headers_.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, headers_: Origin) -> None:
    etag = headers_.headers.get("ETag")
    unchanged = etag is not None and handler.headers.get("If-None-Match") == etag
    handler.send_response_only(304 if unchanged else headers_.status)
    for name, value in {"Date": handler.date_time_string(), **headers_.headers}.items():
        handler.send_header(name, value)
    if not unchanged:
        handler.send_header("Content-Length", str(len(headers_.body)))
    handler.end_headers()
    if not unchanged:
        handler.wfile.write(headers_.body)

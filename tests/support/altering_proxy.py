"""Something between a deployment and its readers that alters headers of answers, as a zone's rules can."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length")
Alter = Callable[[Mapping[str, str], dict[str, str]], None]
"""Called with a request's headers and its answer's, which it may change; names are in lower case."""


@contextmanager
def altering_proxy(upstream: str, alter: Alter) -> Iterator[str]:
    """The address of a proxy for GET that stands before ``upstream``."""

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = {name.lower(): value for name, value in self.headers.items()}
            answer = httpx.get(upstream + self.path, headers=asked, timeout=60)
            headers = {name: value for name, value in answer.headers.items() if name not in HOP_BY_HOP}
            alter(asked, headers)
            self.send_response_only(answer.status_code)
            for name, value in {**headers, "content-length": str(len(answer.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Requests are not logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()

"""The Lambda Runtime API: hands events to a runtime client and takes its answers.

Protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (version 2018-06-01).
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

VERSION = "/2018-06-01/runtime"


@dataclass(frozen=True, slots=True)
class InvocationOutcome:
    """What a handler gave back for one event, or how it failed; ``at`` is ``time.perf_counter()``."""

    body: Any
    failed: bool
    at: float


@dataclass(slots=True)
class Invocation:
    """One event on its way through a handler."""

    event: Any
    deadline_s: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcome: queue.SimpleQueue[InvocationOutcome] = field(default_factory=queue.SimpleQueue)


class RuntimeApi:
    """A Runtime API server for one sandbox; use it as a context manager."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._running: dict[str, Invocation] = {}
        self.init_error: queue.SimpleQueue[InvocationOutcome] = queue.SimpleQueue()
        self._server = _ApiServer(("127.0.0.1", 0), _Endpoint)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API must be."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def send(self, event: Any, deadline_s: float) -> Invocation:
        """Queue ``event`` for the runtime client; its ``outcome`` comes when the handler is done."""
        invocation = Invocation(event, deadline_s)
        self._waiting.put(invocation)
        return invocation

    def next(self) -> Invocation | None:
        """The next event, when there is one; None once the server closes."""
        invocation = self._waiting.get()
        if invocation is not None:
            self._running[invocation.id] = invocation
        return invocation

    def settle(self, invocation_id: str, outcome: InvocationOutcome) -> None:
        """Give ``outcome`` to whoever waits for that invocation."""
        self._running.pop(invocation_id).outcome.put(outcome)


class _ApiServer(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi

    def handle_error(self, request: object, client_address: object) -> None:
        """A sandbox that is killed resets its connection, which is no error; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Endpoint(BaseHTTPRequestHandler):
    """The four paths of the protocol."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement
    server: _ApiServer

    def do_GET(self) -> None:
        if self.path != f"{VERSION}/invocation/next":
            return self._answer(404)
        invocation = self.server.api.next()
        if invocation is None:
            return self._answer(410)
        deadline_ms = int((time.time() + invocation.deadline_s) * 1000)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Content-Type": "application/json",  # awslambdaric 4 crashes without it
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:000000000000:function:local",
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        return self._answer(200, json.dumps(invocation.event).encode(), headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        at = time.perf_counter()
        outcome = InvocationOutcome(json.loads(body or "null"), not self.path.endswith("/response"), at)
        self._answer(202, b'{"status": "OK"}')
        match self.path.removeprefix(VERSION).split("/"):
            case ["", "invocation", invocation_id, "response" | "error"]:
                self.server.api.settle(invocation_id, outcome)
            case ["", "init", "error"]:
                self.server.api.init_error.put(outcome)

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Requests are not logged: a test that fails shows the outcome instead."""

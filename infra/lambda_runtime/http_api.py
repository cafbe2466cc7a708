"""API Gateway's HTTP API on 127.0.0.1: the functions, asked over sockets.

A request becomes an event (payload format 2.0), its function's handler answers it in a sandbox of its own,
and the answer goes out as the gateway sends it. What the gateway decides by itself (which requests are HTTP
at all, paths without a route) is decided here by uvicorn and by ``HttpApi``.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import uvicorn
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from infra.lambda_runtime.event import event
from infra.lambda_runtime.sandbox import Image, Sandbox
from infra.local.cloud import Route, reserve, routes

NO_ROUTE = b'{"message":"Not Found"}'
CONNECTIONS_END_S = 5


class HttpApi:
    """An ASGI app that answers each request with the sandbox of its route, and 404 where there is none."""

    def __init__(self, declared: Sequence[Route], sandboxes: Mapping[str, Sandbox]) -> None:
        by_precision = sorted(declared, key=lambda route: (route.path.count("+}"), route.path.count("{")))
        self._routes = [
            (compile_path(route.path.replace("+}", ":path}"))[0], route) for route in by_precision
        ]
        self._sandboxes = sandboxes
        # An instance of a function has one request at a time.
        self._turns = {module: asyncio.Lock() for module in sandboxes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route_of(scope)
        body = await _body(receive)
        if route is None:
            await _send(send, 404, {"content-type": "application/json"}, NO_ROUTE)
            return
        made = _event_of(scope, route, body)
        async with self._turns[route.module]:
            answer = (await asyncio.to_thread(self._sandboxes[route.module].call, made)).response
        text = answer.get("body") or ""
        content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
        await _send(send, answer["statusCode"], answer.get("headers", {}), content)

    def _route_of(self, scope: Scope) -> Route | None:
        found = [route for pattern, route in self._routes if pattern.match(scope["path"])]
        exact = [route for route in found if route.method == scope["method"]]
        anything = [route for route in found if route.method in ("*", "ANY")]
        return next(iter([*exact, *anything]), None)


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def _event_of(scope: Scope, route: Route, body: bytes) -> dict[str, Any]:
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    joined: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        joined[key] = f"{joined[key]},{text}" if key in joined else text
    method = "ANY" if route.method in ("*", "ANY") else route.method
    made = event(scope["method"], target, route=f"{method} {route.path}", headers=joined, body=body or None)
    if not body or "content-type" not in joined:
        made["headers"].pop("content-type", None)
    return made


async def _send(send: Send, status: int, headers: Mapping[str, Any], content: bytes) -> None:
    raw = [(name.lower().encode(), str(value).encode("latin-1")) for name, value in headers.items()]
    raw = [(name, value) for name, value in raw if name != b"content-length"]
    if status not in (204, 304):
        raw.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


@contextmanager
def http_api(image: Image, environ: Mapping[str, str], port: int = 0) -> Iterator[str]:
    """The URL of every function that serverless.yml gives a route, each told ``environ``."""
    declared = routes()
    with ExitStack() as running:
        sandboxes = {
            module: running.enter_context(Sandbox(image, f"{module.replace('.', '/')}.handler", environ))
            for module in dict.fromkeys(route.module for route in declared)
        }
        listener = running.enter_context(reserve(port))
        running.enter_context(_served(HttpApi(declared, sandboxes), listener))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _served(app: HttpApi, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=CONNECTIONS_END_S,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()

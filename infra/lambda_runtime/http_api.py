"""API Gateway's HTTP API on 127.0.0.1: ``python -m infra.lambda_runtime.http_api PORT``.

A request becomes an event (payload format 2.0), the handler of its route in serverless.yml answers it, and
the answer goes out as the gateway sends it. What the gateway decides by itself (which requests are HTTP
at all, paths without a route) is decided here by uvicorn and by ``HttpApi``.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from infra.lambda_runtime.event import event
from infra.local.cloud import Route, reserve, routes, serve
from infra.request_target import OriginForm

NO_ROUTE = b'{"message":"Not Found"}'
Handler = Callable[[Any, Any], Any]


class HttpApi:
    """An ASGI app that hands each request to the handler of its route; 404 where there is none."""

    def __init__(self, declared: Sequence[Route], handlers: Mapping[str, Handler]) -> None:
        by_precision = sorted(declared, key=lambda route: (route.path.count("+}"), route.path.count("{")))
        self._routes = [
            (compile_path(route.path.replace("+}", ":path}"))[0], route) for route in by_precision
        ]
        self._handlers = handlers
        # One after the other, in a thread that has an event loop, as Lambda's main thread.
        self._instance = ThreadPoolExecutor(1, initializer=_with_event_loop)

    def close(self) -> None:
        """Ends the thread that handlers run in."""
        self._instance.submit(_close_event_loop).result()
        self._instance.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route_of(scope)
        body = await _body(receive)
        if route is None:
            await _send(send, 404, [("content-type", "application/json")], NO_ROUTE)
            return
        made, handler = _event_of(scope, route, body), self._handlers[route.module]
        answer = await asyncio.get_running_loop().run_in_executor(self._instance, handler, made, None)
        text = answer.get("body") or ""
        content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
        cookies = [("set-cookie", cookie) for cookie in answer.get("cookies", ())]
        headers = [*answer.get("headers", {}).items(), *cookies]
        await _send(send, answer["statusCode"], headers, content)

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
    if "content-type" not in joined:
        made["headers"].pop("content-type", None)
    return made


async def _send(send: Send, status: int, headers: Sequence[tuple[str, Any]], content: bytes) -> None:
    raw = [(name.lower().encode(), str(value).encode("latin-1")) for name, value in headers]
    raw = [(name, value) for name, value in raw if name != b"content-length"]
    if status not in (204, 304):
        raw.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


def _with_event_loop() -> None:
    asyncio.set_event_loop(asyncio.new_event_loop())


def _close_event_loop() -> None:
    asyncio.get_event_loop().close()


def main(port: int) -> None:
    """Serves every function that serverless.yml gives a route until it is interrupted."""
    declared = routes()
    modules = dict.fromkeys(route.module for route in declared)
    handlers = {module: importlib.import_module(module).handler for module in modules}
    listener = reserve(port)
    serve(OriginForm(HttpApi(declared, handlers)), listener, lambda: print("Serving", flush=True))


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""The whole cloud in one process on this machine: every function under its routes of serverless.yml.

The routes are read from serverless.yml, so there is one source of what is served where; scripts, styles
and other files come from functions/edge/public (`make site`), as at the edge. Listens on 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
import yaml
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.project import ROOT
from infra.request_target import OriginForm
from sabiscore.bootstrap.fleet_metrics import flush_metrics_regularly
from sabiscore.errors import BadSetting
from sabiscore.http.middleware.conditional import Conditional
from sabiscore.http.middleware.failures import Failures
from sabiscore.http.middleware.head_limit import HeadLimit
from sabiscore.http.middleware.problem_pages import ProblemPages
from sabiscore.http.middleware.request_id import RequestId
from sabiscore.http.middleware.security_headers import SecurityHeaders
from sabiscore.pages.rendering import CONTENT_POLICY

HOST = "127.0.0.1"
PORT = 8787
SITE = ROOT / "functions" / "edge" / "public"

FILE_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
HASHED = "/assets/"
"""Files named by the hash of what they hold, which never change."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path of the HTTP API, and the module whose ``app`` answers it."""

    method: str
    path: str
    module: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class _Declaration(yaml.SafeLoader):
    """Reads CloudFormation's own tags (``!GetAtt``, ``!Ref``), which routes never hold, as nothing."""


_Declaration.add_multi_constructor("!", lambda loader, suffix, node: None)  # noqa: ARG005


def routes(serverless: Path = ROOT / "serverless.yml") -> tuple[Route, ...]:
    """The HTTP routes that ``serverless`` declares, in its order."""
    declared = yaml.load(serverless.read_text(encoding="utf-8"), _Declaration)  # noqa: S506 - a SafeLoader
    return tuple(
        Route(method.upper(), path, function["handler"].rpartition(".")[0].replace("/", "."))
        for function in declared["functions"].values()
        for method, path in _http_events(function.get("events", ()))
    )


def _http_events(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(method, path) of each HTTP API event, written as ``GET /path`` or as a mapping."""
    for event in events:
        http = event.get("httpApi")
        if isinstance(http, str):
            method, _, path = http.partition(" ")
            yield method, path or "/{proxy+}"
        elif http is not None:
            yield http["method"], http["path"]


class Gateway:
    """An ASGI app that hands each request to the function of its route, and the rest to ``fallback``.

    As the HTTP API does, the most specific path wins. A path with a wrong method goes to its function
    too, which answers 405 in our own words.
    """

    def __init__(self, declared: Sequence[Route], apps: Mapping[str, ASGIApp], fallback: ASGIApp) -> None:
        by_precision = sorted(declared, key=lambda route: (route.path.count("+}"), route.path.count("{")))
        self._routes = [
            (compile_path(route.path.replace("+}", ":path}"))[0], route.method, apps[route.module])
            for route in by_precision
        ]
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app_for(scope)(scope, receive, send)

    def _app_for(self, scope: Scope) -> ASGIApp:
        path, method = scope.get("path", ""), scope.get("method", "GET")
        method = "GET" if method == "HEAD" else method
        found = [(wanted, app) for pattern, wanted, app in self._routes if pattern.match(path)]
        exact = [app for wanted, app in found if wanted in (method, "*", "ANY")]
        return (exact or [app for _, app in found] or [self._fallback])[0]


class Site:
    """The static files of the site, at the addresses and with the headers that they have at the edge."""

    def __init__(self, folder: Path = SITE) -> None:
        self._folder = folder
        app: ASGIApp = self._file
        for wrap in (Conditional, Failures, HeadLimit, SecurityHeaders, RequestId, ProblemPages):
            app = wrap(app)
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _file(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Looked for anew each time: whoever builds the site again sees it as it is.
        served = {f"/{file.relative_to(self._folder).as_posix()}": file for file in self._folder.rglob("*.*")}
        file = served.get(scope["path"])
        if file is None:
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        await _sent(file, scope["path"])(scope, receive, send)


def _sent(file: Path, path: str) -> Response:
    content = file.read_bytes()
    media_type, _ = guess_type(file.name)
    kept = "public, max-age=31536000, immutable" if path.startswith(HASHED) else "no-cache"
    headers = {**FILE_HEADERS, "Cache-Control": kept, "ETag": f'"{sha256(content).hexdigest()[:32]}"'}
    return Response(content, headers=headers, media_type=media_type)


def assemble() -> ASGIApp:
    """Every declared function's app behind one gateway, with the site for all other paths."""
    declared = routes()
    modules = dict.fromkeys(route.module for route in declared)
    apps = {module: importlib.import_module(module).app for module in modules}
    return OriginForm(Gateway(declared, apps, Site()))


def reserve(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; raises BadSetting when the port cannot be had."""
    if not 0 <= port <= 65535:
        raise BadSetting(f"PORT is {port}.", hint="Set it to a number from 1 to 65535.")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise BadSetting(
            f"Port {port} of {HOST} cannot be used: {error.strerror}.",
            hint=f"Stop what listens there, or choose another port, for example PORT={PORT + 1}.",
        ) from error
    return listener


class _ReadyServer(uvicorn.Server):
    """A server that tells when it listens, and meanwhile tells the fleet what it counts."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._flushing = asyncio.create_task(flush_metrics_regularly())
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._flushing.cancel()
        with suppress(asyncio.CancelledError):
            await self._flushing


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _is_no_upgrade(record: logging.LogRecord) -> bool:
    """Rooms are the edge's: pages ask for one, are refused, and look again by themselves."""
    return "upgrade request" not in record.getMessage() and "WebSocket" not in record.getMessage()


def serve(app: ASGIApp, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serves ``app`` until SIGINT or SIGTERM, then finishes open requests and exits with 0."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # or anybody here could be counted under an address of his own choice
        timeout_graceful_shutdown=5,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_no_upgrade)
    # uvicorn raises the signal again once it has finished; without these that would be an error exit.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    _ReadyServer(config, started).run(sockets=[listener])

"""An ASGI app from routes: the same middleware and the same errors in every function."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sabiscore.http.middleware import order
from sabiscore.http.problems import from_http
from sabiscore.http.request_policy import Guards


def create_app(routes: Sequence[BaseRoute], guard: Guards, follow: Sequence[Middleware] = ()) -> Starlette:
    """The app that serves ``routes`` to whom ``guard`` lets in.

    Every refusal is a problem document; a slash matters. ``follow`` comes before each route, and after
    everything that refuses.
    """
    app = Starlette(
        routes=routes, middleware=[*order(guard), *follow], exception_handlers={HTTPException: _refused}
    )
    app.router.redirect_slashes = False
    return app


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 405:
        error = HTTPException(405, headers={"Allow": _allowed(request)})
    return from_http(request.scope, error)


def _allowed(request: Request) -> str:
    """The methods of every route of the path: the framework names those of the first."""
    path = request.scope["path"]
    found = [
        route for route in request.app.routes if isinstance(route, Route) and route.path_regex.match(path)
    ]
    return ", ".join(sorted({method for route in found for method in route.methods or ()}))

"""A bare Starlette route: what a framework costs before any code of ours.

``python -m infra.bench.bare_route PORT FILE`` answers every GET with the bytes of FILE.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def bare_route(body: bytes) -> Route:
    """A route like that of an insight, which always says ``body``."""

    async def say(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route("/api/v1/insights/{match_id}", say)


def main(port: str, file: str) -> None:
    """Serve until interrupted."""
    app = Starlette(routes=[bare_route(Path(file).read_bytes())])
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main(*sys.argv[1:])

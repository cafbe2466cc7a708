"""The routes that serve the API's own description, from files that ``python -m infra.api_document`` makes."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.http import parameters

FOLDER = Path(__file__).parent / "static"
OPENAPI = "openapi.json"
DOCS_PAGE = "docs.html"
LLMS = "llms.txt"

CACHE_CONTROL = "public, max-age=300"


def about_routes() -> list[Route]:
    """Routes whose names are the operation ids of the API."""
    return [
        Route("/openapi.json", get_openapi, name="get_openapi"),
        Route("/docs/api", get_docs, name="get_docs"),
        Route("/llms.txt", get_llms, name="get_llms"),
    ]


async def get_openapi(request: Request) -> Response:
    """The OpenAPI document."""
    parameters.no_query(request)
    return Response(_read(OPENAPI), media_type="application/json", headers=_validators(OPENAPI))


async def get_docs(request: Request) -> Response:
    """The reference: the same as a page."""
    parameters.no_query(request)
    headers = {**_validators(DOCS_PAGE), "Content-Security-Policy": page_policy(_read(DOCS_PAGE))}
    return Response(_read(DOCS_PAGE), media_type="text/html", headers=headers)


async def get_llms(request: Request) -> Response:
    """The same in words for language models."""
    parameters.no_query(request)
    return Response(_read(LLMS), media_type="text/plain; charset=utf-8", headers=_validators(LLMS))


def page_policy(page: bytes) -> str:
    """A policy that lets nothing run or load but the style that ``page`` itself carries."""
    style = page.partition(b"<style>")[2].partition(b"</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"


@cache
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@cache
def _validators(name: str) -> dict[str, str]:
    return {"Cache-Control": CACHE_CONTROL, "ETag": f'"{hashlib.sha256(_read(name)).hexdigest()[:32]}"'}

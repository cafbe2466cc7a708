"""``python -m infra.api_document``: write openapi.json, its page and llms.txt where they are served from."""

from __future__ import annotations

from pathlib import Path

from infra.api_document.document import openapi, openapi_bytes
from infra.api_document.llms import llms_text
from infra.api_document.page import docs_page
from infra.api_document.routes import every_route
from sabiscore.http.about_routes import DOCS_PAGE, FOLDER, LLMS, OPENAPI


def built() -> dict[Path, bytes]:
    """What each served file holds when it is made from the routes as they are."""
    routes = every_route()
    return {
        FOLDER / OPENAPI: openapi_bytes(routes),
        FOLDER / DOCS_PAGE: docs_page(openapi(routes)),
        FOLDER / LLMS: llms_text(routes),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, content in built().items():
        path.write_bytes(content)
        print(f"{path.name}: {len(content):,} bytes")

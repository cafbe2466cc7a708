"""Documents as bytes with their validators, made once while fresh."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sabiscore.cache.memory import Memory
from sabiscore.insights.service import Answer

MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of a document and their strong entity tag."""

    body: bytes
    etag: str


Renderings = Memory[Rendered]


async def respond(renderings: Renderings, answer: Answer) -> Response:
    """200 with the document, its ETag, and the life and age of its moment."""
    rendered = await _rendered(renderings, answer)
    return Response(
        rendered.body,
        headers={
            "ETag": rendered.etag,
            "Cache-Control": f"public, max-age={answer.moment.life_s}",
            "Age": str(answer.moment.age_s),
        },
        media_type=MEDIA_TYPE,
    )


async def respond_privately(renderings: Renderings, answer: Answer) -> Response:
    """200 to a POST: what was asked is in the body, so nobody else may be given the answer."""
    rendered = await _rendered(renderings, answer)
    return Response(rendered.body, headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)


async def _rendered(renderings: Renderings, answer: Answer) -> Rendered:
    found = renderings.get(answer.key)
    if found is not None:
        return found
    # The graph, the grid and a first import of numpy must not hold up other requests.
    return await run_in_threadpool(
        renderings.compute, answer.key, answer.moment.life_s, lambda: _render(answer)
    )


def _render(answer: Answer) -> Rendered:
    body = answer.make().model_dump_json().encode()
    return Rendered(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')

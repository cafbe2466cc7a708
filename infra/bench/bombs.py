"""How soon a body that is made to break parsers is refused, and how much memory it takes (line B9).

``python -m infra.bench.bombs``. Every bomb goes to every public route that takes a body, as a Lambda
event, and so does a line of a hundred megabytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.function import NO_LIMIT, scratch_data_dir
from infra.bench.processes import peak_mib
from infra.lambda_runtime.event import event
from infra.rigs.bombs import BOMBS, LINE_BYTES
from sabiscore.bootstrap.http_apps import insights_app, revalidate_app
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import Handler
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import SystemClock
from sabiscore.http.signatures import signed_headers
from sabiscore.settings import read_settings

REFUSED_MS, MEMORY_MB = 100.0, 50.0
TRIES = 3
"""Another process can only make a refusal later, so the soonest of a few counts."""
SECRET = "whsec_" + "YmVuY2hl" * 4
INSIGHTS, REVALIDATE = "/api/v1/insights", "/api/revalidate"
REFUSALS = (400, 401, 413)


def measure() -> Measurement:
    """All figures of the line."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        with scratch_data_dir() as folder, contextlib.redirect_stdout(io.StringIO()):
            return _figures(_handlers(folder))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _handlers(folder: Path) -> dict[str, Handler]:
    settings = {"SABISCORE_HOME": str(folder), "REVALIDATE_SECRET": SECRET, **NO_LIMIT}
    bootstrap = Bootstrap(read_settings(settings), SystemClock())
    return {
        INSIGHTS: lambda_handler(insights_app(bootstrap)),
        REVALIDATE: lambda_handler(revalidate_app(bootstrap)),
    }


def _figures(handlers: Mapping[str, Handler]) -> Measurement:
    for path, handler in handlers.items():
        handler(_shape(path, b"{}"), None)  # first imports are not what a bomb costs
    before = peak_mib()
    small = [_refused(handlers[path], shape) for path, shape in _small(handlers)]
    line = [_refused(handlers[path], shape) for path in handlers for shape in _lines(path)]
    more_mb = peak_mib() - before
    strange = sum(status not in REFUSALS for status, _ in (*small, *line))
    small_ms, line_ms = (max(ms for _, ms in refused) for refused in (small, line))
    return Measurement(
        [
            BoundCheck(
                id="B9",
                what="until a bomb is refused, worst",
                value=small_ms,
                sense="≤",
                bound=REFUSED_MS,
                unit="ms",
            ),
            BoundCheck(
                id="B9",
                what="until 100 MB in an event are refused",
                value=line_ms,
                sense="≤",
                bound=REFUSED_MS,
                unit="ms",
            ),
            BoundCheck(
                id="B9",
                what="memory that all of them take",
                value=more_mb,
                sense="≤",
                bound=MEMORY_MB,
                unit="MB",
            ),
            BoundCheck(id="B9", what="answers other than a refusal", value=strange, sense="=", bound=0),
        ],
        [f"B9: {len(small)} bombs, {len(line)} lines, the soonest of {TRIES} tries where the first is late."],
    )


def _small(handlers: Mapping[str, Handler]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in handlers:
        for body in BOMBS.values():
            yield path, _shape(path, body)


def _lines(path: str) -> Iterator[dict[str, Any]]:
    """Events whose body is a line of a hundred megabytes; it is made once, before anything is measured."""
    for in_base64 in (True, False):
        yield {**_shape(path, b"{}"), "body": LINE, "isBase64Encoded": in_base64}


LINE = "A" * LINE_BYTES


def _shape(path: str, body: bytes) -> dict[str, Any]:
    signed = signed_headers([SECRET], body, datetime.now(UTC)) if path == REVALIDATE else {}
    headers = {"content-type": "application/json", "content-encoding": "gzip", **signed}
    return event("POST", path, headers=headers, body=body)


def _refused(handler: Handler, shape: Mapping[str, Any]) -> tuple[int, float]:
    """(status, the least milliseconds of some tries)."""
    least_ms = float("inf")
    for _ in range(TRIES):
        began = time.perf_counter()
        status = int(handler(dict(shape), None)["statusCode"])
        least_ms = min(least_ms, 1e3 * (time.perf_counter() - began))
        if least_ms <= REFUSED_MS:
            break
    return status, least_ms


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = options("infra.bench.bombs", __doc__).parse_args(arguments)
    return finish(measure, given.json)


if __name__ == "__main__":
    sys.exit(main())

"""What a warm hit costs: over HTTP beside a bare route (L1), in the middleware (L2), as a Lambda call (L3).

``python -m infra.bench.hits``. Runs take turns, so that whatever else the machine does falls on all alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Scope

from infra.bench.bare_route import bare_route
from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.function import INSIGHT, NO_LIMIT, fetch, insights_function, running, scratch_data_dir
from infra.bench.wrk import wrk
from infra.lambda_runtime.event import event
from infra.project import ROOT
from infra.rigs.part import Part, free_port
from infra.rigs.redis import python_environ
from sabiscore.bootstrap.http_apps import insights_app
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import Handler, measured
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import SystemClock
from sabiscore.http.app import create_app
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.limits.bucket import Buckets
from sabiscore.settings import MOST_REQUESTS, read_settings

CONNECTIONS = 32
LEAST_RATIO, MOST_MIDDLEWARE_US, MOST_CALL_MS = 0.5, 60.0, 0.5


def over_http(folder: Path, rounds: int, seconds: int) -> Measurement:
    """L1: requests a second of the function over those of a bare route with the same bytes."""
    with insights_function(folder) as function, tempfile.TemporaryDirectory() as scratch:
        body = Path(scratch) / "body"
        body.write_bytes(fetch(function.port))
        port = free_port()
        command = [sys.executable, "-m", "infra.bench.bare_route", str(port), str(body)]
        with running(
            Part(name="bare route", command=command, port=port, environ=python_environ(), folder=ROOT)
        ) as bare:
            urls = [f"{part.url}{INSIGHT}" for part in (bare, function)]
            found = [[wrk(url, CONNECTIONS, seconds) for url in urls] for _ in range(rounds)]
    ratio = median(ours.rate for _, ours in found) / median(bare.rate for bare, _ in found)
    failed = sum(result.refused + result.broken for turn in found for result in turn)
    return Measurement(
        [
            BoundCheck(
                id="L1",
                what="warm hit over a bare route, 32 connections",
                value=ratio,
                sense="≥",
                bound=LEAST_RATIO,
                unit="×",
            ),
            BoundCheck(id="L1", what="answers other than 2xx", value=failed, sense="=", bound=0),
        ]
    )


def middleware_us(rounds: int = 25, requests: int = 200) -> float:
    """L2: microseconds of processor time that the middleware adds to a request.

    The least of all rounds each: other processes, and the caches they empty, can only add to it.
    """
    body, guard = b"x" * 3000, RequestPolicy(limiter=Buckets(MOST_REQUESTS))
    bare, whole = Starlette(routes=[bare_route(body)]), create_app([bare_route(body)], lambda: guard)

    async def spent(app: ASGIApp) -> float:
        began = time.process_time()
        for _ in range(requests):
            await _ask(app)
        return (time.process_time() - began) / requests * 1e6

    async def turns() -> list[tuple[float, float]]:
        return [(await spent(bare), await spent(whole)) for _ in range(rounds)]

    without, with_it = zip(*asyncio.run(turns()), strict=True)
    return float(min(with_it) - min(without))


async def _ask(app: ASGIApp) -> None:
    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": INSIGHT, "raw_path": INSIGHT.encode(),
        "query_string": b"", "root_path": "", "scheme": "http", "headers": [(b"host", b"127.0.0.1")],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None: ...

    await app(scope, receive, send)


def call_ms(handler: Handler, calls: int = 300) -> float:
    """L3: the median milliseconds from an event to its answer, when the answer is at hand."""
    asked = event("GET", INSIGHT, route="GET /api/v1/insights/{match_id}")
    seconds = []
    # Each call writes its metrics to standard output, where Lambda collects them.
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(calls + 50):
            began = time.perf_counter()
            answer = handler(asked, None)
            seconds.append(time.perf_counter() - began)
            assert answer["statusCode"] == 200, answer  # noqa: S101 - a figure of errors would be a lie
    return median(seconds[50:]) * 1e3


def handler_over(folder: Path) -> Handler:
    """The handler of the insights function over ``folder``."""
    settings = read_settings({"SABISCORE_HOME": str(folder), **NO_LIMIT})
    return measured(lambda_handler(insights_app(Bootstrap(settings, SystemClock()))), "insights")


def best_of(tries: int, figure: Callable[[], float]) -> float:
    """The least of ``tries`` figures: other processes can only add to it."""
    return min(figure() for _ in range(tries))


def measure(rounds: int, seconds: int) -> Measurement:
    """All three lines."""
    with scratch_data_dir() as folder:
        over = over_http(folder, rounds, seconds)
        handler = handler_over(folder)
        call = best_of(3, lambda: call_ms(handler))
    return Measurement(
        [
            *over.checks,
            BoundCheck(
                id="L2",
                what="middleware, a request",
                value=middleware_us(),
                sense="≤",
                bound=MOST_MIDDLEWARE_US,
                unit="µs",
            ),
            BoundCheck(
                id="L3",
                what="Lambda-style call, warm hit, p50",
                value=call,
                sense="≤",
                bound=MOST_CALL_MS,
                unit="ms",
            ),
        ],
        [f"L1: medians of {rounds} runs of {seconds} s in turn. L2: least of 25. L3: the best of 3 medians."],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.hits", __doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=3, help="Of each run of wrk.")
    given = parser.parse_args(arguments)
    os.environ.setdefault("SABISCORE_LOG_LEVEL", "WARNING")
    return finish(lambda: measure(given.rounds, given.seconds), given.json)


if __name__ == "__main__":
    sys.exit(main())

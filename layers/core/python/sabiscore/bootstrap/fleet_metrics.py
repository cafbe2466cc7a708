"""When a process tells the fleet what it counted, and what ``/metrics`` shows: a part of ``bootstrap``.

On Lambda nothing runs between two calls, so a call tells at its end what is due; a server and a command have
a moment of their own. Decision: docs/decisions/metrics-of-the-fleet.md.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sabiscore.bootstrap.serving import Bootstrap, process

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sabiscore.observability.fleet import FleetMetrics


def flushing_metrics(app: ASGIApp) -> ASGIApp:
    """``app`` for Lambda: once it has answered, what is due is told before the process is frozen."""

    async def answer_then_flush(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        await flush_due_metrics()

    return answer_then_flush


async def flush_due_metrics() -> None:
    """Tells the fleet what this process counted, where there is a fleet and it is time."""
    # Nothing is made for it: a process that has answered without its settings has no fleet yet.
    serving = process.made()
    fleet = serving.fleet_metrics if serving is not None else None
    if fleet is not None and fleet.is_due:
        await fleet.flush()


async def flush_metrics_regularly(every_s: float = 1.0) -> None:
    """The same again and again, for a server, and a last time when it is cancelled."""
    try:
        while True:
            await asyncio.sleep(every_s)
            await flush_due_metrics()
    finally:
        serving = process.made()
        if serving is not None and serving.fleet_metrics is not None:
            await serving.fleet_metrics.flush()


def flush_metrics_at_end(bootstrap: Bootstrap) -> None:
    """Tells the fleet all that this process counted, for a job at its end.

    Must not be used where an event loop runs already.
    """
    # Clients of its own: those of another loop cannot be used in this one.
    fleet = bootstrap.patient_fleet_metrics
    if fleet is None:
        return

    async def flushed(fleet: FleetMetrics) -> None:
        await fleet.flush()
        await fleet.close()

    asyncio.run(flushed(fleet))

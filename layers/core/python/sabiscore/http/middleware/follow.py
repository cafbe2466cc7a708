"""A request that finds the copy it would be answered from too old has the bucket looked at first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from sabiscore.http.caching import asks_past_copies

ALIVE = "/health/live"
"""A process lives whatever becomes of the bucket."""


class Following(Protocol):
    """Keeps a copy as new as what it is a copy of."""

    async def follow(self, *, at_once: bool = False) -> None:
        """Looks when it is time, or ``at_once``; never raises."""
        ...


class Follow:
    """Asks ``following``, where there is one, before the app below.

    ``at_once`` for functions of whom what was just replaced is asked; elsewhere a request says so itself
    (``Cache-Control: no-cache``), as an edge that was purged does.
    """

    def __init__(
        self, app: ASGIApp, following: Callable[[], Following | None], at_once: bool = False
    ) -> None:
        self._app = app
        self._following = following
        self._at_once = at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != ALIVE:
            following = self._following()
            if following is not None:
                await following.follow(at_once=self._at_once or asks_past_copies(scope))
        await self._app(scope, receive, send)

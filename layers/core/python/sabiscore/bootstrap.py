"""The one place where settings are read and implementations chosen, each when it is first needed."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from sabiscore.cache.last_good import LastGood
from sabiscore.clock import Clock, SystemClock
from sabiscore.health import Health
from sabiscore.http.app import create_app
from sabiscore.insights.production import Production, open_states
from sabiscore.insights.publish import Publication, read, stamp
from sabiscore.settings import Settings, read_settings

if TYPE_CHECKING:
    from sabiscore.insights.service import Insights

RENDERINGS_KEPT = 4096
"""About 8 KB each: 32 MB when full."""


class Bootstrap:
    """Everything a process serves from, wired for ``settings`` and ``clock``."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self.publications: LastGood[Publication] = LastGood(
            load=lambda: read(settings.publication), stamp=lambda: stamp(settings.publication)
        )
        self.production = Production(settings.registry)
        self._insights: Insights | None = None

    @property
    def insights(self) -> Insights:
        if self._insights is None:
            from sabiscore.insights.service import Insights

            self._insights = Insights(self.publications, self.production, open_states, self._clock)
        return self._insights

    @property
    def health(self) -> Health:
        return Health(self.publications, self.production, self._clock)


@cache
def process() -> Bootstrap:
    """What this process serves from, by its environment."""
    return Bootstrap(read_settings(), SystemClock())


def insights_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the insights function; the environment is read by the first request."""
    # pydantic and its models are for this function only: health answers without them.
    from sabiscore.cache.memory import Memory
    from sabiscore.http.answers import Renderings
    from sabiscore.http.insights_routes import insights_routes

    renderings: Renderings = Memory(RENDERINGS_KEPT, time.monotonic)
    return create_app(insights_routes(lambda: (bootstrap or process()).insights, renderings, _every_route))


def health_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the health function; the environment is read by the first request."""
    from sabiscore.http.health_routes import health_routes

    return create_app(health_routes(lambda: (bootstrap or process()).health))


def _every_route() -> list[Route]:
    """The routes of all functions, to be told of; none of their endpoints is called."""
    apps = (insights_app(), health_app())
    return [route for app in apps for route in app.routes if isinstance(route, Route)]

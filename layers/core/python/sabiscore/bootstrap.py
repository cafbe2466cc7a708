"""The one place where settings are read and implementations chosen, each when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from sabiscore.cache.last_good import LastGood
from sabiscore.clock import Clock, SystemClock
from sabiscore.health import Health
from sabiscore.http.app import create_app
from sabiscore.insights.production import Production, open_states
from sabiscore.insights.publish import COMING, Publication, read, stamp
from sabiscore.settings import Settings, read_settings

if TYPE_CHECKING:
    from sabiscore.cache.tier import Tier
    from sabiscore.http.answers import Answers
    from sabiscore.insights.service import Insights


class Bootstrap:
    """Everything a process serves from, wired for ``settings`` and ``clock``."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._settings = settings
        folder = settings.publication
        coming = folder / COMING
        self.publications: LastGood[Publication] = LastGood(
            load=lambda: read(folder), stamp=lambda: stamp(coming)
        )
        self.production = Production(settings.registry)
        self.health = Health(self.publications, self.production, clock)
        self._insights: Insights | None = None
        self._answers: Answers | None = None

    @property
    def insights(self) -> Insights:
        if self._insights is None:
            from sabiscore.insights.service import Insights

            self._insights = Insights(self.publications, self.production, open_states, self._clock)
        return self._insights

    @property
    def answers(self) -> Answers:
        if self._answers is None:
            from sabiscore.cache.chain import Chain
            from sabiscore.cache.memory import MemoryTier
            from sabiscore.http.answers import Answers

            chain = Chain(MemoryTier(self._now), self._shared_tier(), self._now, _warn)
            self._answers = Answers(chain, self._clock)
        return self._answers

    def _shared_tier(self) -> Tier:
        from sabiscore.cache.tier import NullTier

        url = self._settings.cache_url
        if url is None:
            return NullTier()
        from sabiscore.cache.breaker import Breaker, GuardedTier
        from sabiscore.cache.upstash import UpstashTier

        return GuardedTier(UpstashTier(url, self._settings.cache_token, self._now), Breaker(self._now), _warn)

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


@cache
def process() -> Bootstrap:
    """What this process serves from, by its environment."""
    return Bootstrap(read_settings(), SystemClock())


def insights_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the insights function; the environment is read by the first request."""
    # pydantic and its models are for this function only: health answers without them.
    from sabiscore.http.about_routes import about_routes
    from sabiscore.http.insights_routes import insights_routes

    told = insights_routes(
        lambda: (bootstrap or process()).insights, lambda: (bootstrap or process()).answers
    )
    return create_app([*told, *about_routes(_every_route)])


def health_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the health function; the environment is read by the first request."""
    from sabiscore.http.health_routes import health_routes

    return create_app(health_routes(lambda: (bootstrap or process()).health))


def _warn(error: Exception) -> None:
    """Log a failure that a copy hid from the reader."""
    from sabiscore.observability.log import log  # Powertools, only when there is something to say

    log().warning("a copy was served, or the shared cache done without", extra={"reason": str(error)})


def _every_route() -> list[Route]:
    """The routes of all functions, to be told of; none of their endpoints is called."""
    apps = (insights_app(), health_app())
    return [route for app in apps for route in app.routes if isinstance(route, Route)]

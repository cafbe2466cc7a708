"""The one place where settings are read and implementations chosen, each when it is first needed."""

from __future__ import annotations

from datetime import datetime
from functools import cache, cached_property
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
    from sabiscore.http.calls import SignedCalls
    from sabiscore.insights.service import Insights
    from sabiscore.revalidation import Edge, Revalidation

PATIENCE_S = 0.5
"""The deadline of the shared cache for callers that are programs: who must not be told twice can wait."""


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
        self._calls: SignedCalls | None = None
        self._revalidation: Revalidation | None = None

    @property
    def insights(self) -> Insights:
        if self._insights is None:
            from sabiscore.insights.service import Insights

            self._insights = Insights(self.publications, self.production, open_states, self._clock)
        return self._insights

    @property
    def answers(self) -> Answers:
        if self._answers is None:
            self._answers = self._answers_over(self._shared_tier())
        return self._answers

    @property
    def revalidation(self) -> Revalidation:
        if self._revalidation is None:
            from sabiscore.revalidation import Revalidation

            kept = self._answers_over(self._patient)
            self._revalidation = Revalidation(self.insights, kept, self._edge(), _warn)
        return self._revalidation

    @property
    def revalidate_calls(self) -> SignedCalls:
        """Calls of the revalidation webhook, each taken once."""
        if self._calls is None:
            from sabiscore.cache.memory import MemoryTier
            from sabiscore.http.calls import SignedCalls

            # A memory of their own: calls must not push answers out, nor answers calls.
            memory = MemoryTier(self._now)
            self._calls = SignedCalls(
                self._settings.revalidate_secrets, memory, self._patient, self._clock, _warn
            )
        return self._calls

    @cached_property
    def _memory(self) -> Tier:
        from sabiscore.cache.memory import MemoryTier

        return MemoryTier(self._now)

    @cached_property
    def _patient(self) -> Tier:
        return self._shared_tier(PATIENCE_S)

    def _answers_over(self, shared: Tier) -> Answers:
        from sabiscore.cache.chain import Chain
        from sabiscore.http.answers import Answers

        return Answers(Chain(self._memory, shared, self._now, _warn), self._clock)

    def _edge(self) -> Edge | None:
        url, secrets = self._settings.edge_url, self._settings.edge_secrets
        if url is None:
            return None
        from sabiscore.http.signatures import signed_headers
        from sabiscore.net.edge import Edge

        return Edge(url, lambda body: signed_headers(secrets, body, self._clock.now()))

    def _shared_tier(self, deadline_s: float | None = None) -> Tier:
        from sabiscore.cache.tier import NullTier

        url = self._settings.cache_url
        if url is None:
            return NullTier()
        from sabiscore.cache.breaker import Breaker, GuardedTier
        from sabiscore.cache.upstash import DEADLINE_S, UpstashTier

        tier = UpstashTier(url, self._settings.cache_token, self._now, deadline_s or DEADLINE_S)
        return GuardedTier(tier, Breaker(self._now), _warn)

    def now(self) -> datetime:
        """The instant by this process's clock."""
        return self._clock.now()

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


def revalidate_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the revalidate function; the environment is read by the first request."""
    from sabiscore.http.revalidate_routes import revalidate_routes

    told = revalidate_routes(
        lambda: (bootstrap or process()).revalidation,
        lambda: (bootstrap or process()).revalidate_calls,
        lambda: (bootstrap or process()).now(),
    )
    return create_app(told)


def _warn(error: Exception) -> None:
    """Log a failure that a copy hid from the reader."""
    from sabiscore.observability.log import log  # Powertools, only when there is something to say

    reason = str(error) or type(error).__name__
    log().warning("a copy was served, or something done without", extra={"reason": reason})


def _every_route() -> list[Route]:
    """The routes of all functions, to be told of; none of their endpoints is called."""
    apps = (insights_app(), revalidate_app(), health_app())
    return [route for app in apps for route in app.routes if isinstance(route, Route)]

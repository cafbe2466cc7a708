"""The one place where settings are read and implementations chosen, each when it is first needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

from sabiscore.cache.last_good import LastGood
from sabiscore.clock import Clock, SystemClock
from sabiscore.errors import BadSetting
from sabiscore.health import Health
from sabiscore.http.app import create_app
from sabiscore.insights.production import Production, open_states
from sabiscore.insights.publish import COMING, Publication, read, stamp
from sabiscore.settings import Settings, read_settings

if TYPE_CHECKING:
    from sabiscore.cache.tier import Tier
    from sabiscore.domain.league import League
    from sabiscore.domain.match import Match
    from sabiscore.gathering.sources import Sources
    from sabiscore.http.answers import Answers
    from sabiscore.insights.service import Insights
    from sabiscore.net.client import Client
    from sabiscore.net.gate import Patience
    from sabiscore.net.register import Register


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


@contextmanager
def open_sources(
    settings: Settings,
    clock: Clock,
    *,
    patience: Patience | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> Iterator[Sources]:
    """The live sources, their quotas counted in the store and their breakers shared by the fleet.

    ``elsewhere`` sends a source's calls to a server of this machine, for tests.
    """
    # SQLAlchemy and the network's client: for schedules and the command, never for a request.
    from sabiscore.gathering.live import Live, Shared
    from sabiscore.gathering.record import Records
    from sabiscore.gathering.replies import ReplyFolder, keep_none
    from sabiscore.gathering.sources import Sources
    from sabiscore.net.client import Client
    from sabiscore.net.quota import Plan
    from sabiscore.sources.registry import declare
    from sabiscore.store.connection import connect
    from sabiscore.store.registers import SqlRegister

    declared = declare(settings.environ)
    names = {name for one in declared for name in one.needs}
    free = {one.provider.name: one.plan for one in declared if one.plan is not None}
    bought = {name: Plan(calls, unit) for name, (calls, unit) in settings.quotas.items()}
    _refuse_unknown(bought, [one.provider.name for one in declared])
    replies = ReplyFolder(settings.home / "replies", settings.keep_replies_mb << 20, clock)
    engine = connect(settings.database_url)
    try:
        with Client() as client:
            register = SqlRegister(engine)
            live = Live(
                client,
                Shared(register, _breakers(settings, client, register)),
                clock,
                secrets=settings.of_sources(names),
                plans=free | bought,
                patience=patience,
                keep=replies.keep if settings.keep_replies_mb else keep_none,
                elsewhere=elsewhere,
            )
            yield Sources(declared, live, Records(register, clock), clock, replies)
    finally:
        engine.dispose()


def known_matches(settings: Settings, league: League) -> list[Match]:
    """The matches of the newest seasons of ``league`` in the store, played or to come."""
    from sabiscore.store.database import Store

    with Store.open(settings.database_url, settings.archive) as store:
        return store.recent(league)


def _breakers(settings: Settings, client: Client, store: Register) -> Register:
    """The fleet's Redis, and the store while that is away or where there is none."""
    from sabiscore.net.register import Fallback
    from sabiscore.net.upstash_register import UpstashRegister

    if settings.cache_url is None:
        return store
    return Fallback(UpstashRegister(client, settings.cache_url, settings.cache_token), store)


def _refuse_unknown(quotas: Iterable[str], names: Sequence[str]) -> None:
    unknown = set(quotas) - set(names)
    if unknown:
        raise BadSetting(
            f"SABISCORE_QUOTAS names {min(unknown)!r}, which is no source.",
            hint=f"Known: {', '.join(names)}.",
        )


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

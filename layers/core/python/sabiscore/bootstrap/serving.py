"""The one place where settings are read and implementations chosen, each when it is first needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sabiscore.bootstrap.current import CurrentBootstrap
from sabiscore.bootstrap.error_reporting import report_errors
from sabiscore.bootstrap.event_loop import run_to_end
from sabiscore.clock import Clock, SystemClock
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.limits.bucket import Buckets
from sabiscore.observability.trace import trace_headers
from sabiscore.settings import Settings, read_settings

if TYPE_CHECKING:
    from sabiscore.cache.breaker import TierBreaker
    from sabiscore.cache.last_good import Holder, LastGood
    from sabiscore.cache.targets import Targets
    from sabiscore.cache.tier import Tier
    from sabiscore.cache.upstash_calls import UpstashCalls
    from sabiscore.http.cached_responder import CachedResponder
    from sabiscore.http.compute_pool import ComputePool
    from sabiscore.http.webhooks import SignedCalls
    from sabiscore.insights.health import CheckName, Health
    from sabiscore.insights.production import Production
    from sabiscore.insights.revalidation import Revalidation, RevalidationResult
    from sabiscore.insights.service import Insights
    from sabiscore.limits.limiter import Limiter
    from sabiscore.net.edge import EdgeClient
    from sabiscore.net.probes import RememberedProbe
    from sabiscore.observability.fleet import FleetMetrics
    from sabiscore.publication.corrections import Corrections
    from sabiscore.publication.publish import Publication
    from sabiscore.publication.supplements import Supplements
    from sabiscore.sync.follower import Follower

SCHEDULE_HOT_S, SCHEDULE_HOT = 20.0, 1_000
"""Seconds and insights that schedules may take to fill the cache: nobody waits for them."""
PAGES_PER_MINUTE = 600
"""From one address; the edge allows the same."""
PROGRAM_DEADLINE_S = 0.5
"""The deadline of the shared cache for programs that call: they can wait for a call to have one effect."""


class Bootstrap:
    """Everything a process serves from, wired for ``settings`` and ``clock``."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._settings = settings
        self._insights: Insights | None = None
        self._answers: CachedResponder | None = None
        self._upstash: UpstashCalls | None = None
        self._revalidation: Revalidation | None = None

    @cached_property
    def publications(self) -> LastGood[Publication]:
        """What is published."""
        from sabiscore.cache.file_stamp import FileStamp
        from sabiscore.cache.last_good import LastGood
        from sabiscore.publication.publish import COMING, read

        folder = self._settings.publication
        return LastGood(load=lambda: read(folder), stamp=FileStamp(folder / COMING))

    @cached_property
    def production(self) -> Production:
        """The model in production."""
        from sabiscore.insights.production import Production

        return Production(self._settings.registry)

    @cached_property
    def corrections(self) -> Holder[Corrections]:
        """The live calibration of each bundle."""
        from sabiscore.publication.corrections import last_corrections

        return last_corrections(self._settings.publication, self._had_corrections)

    @cached_property
    def supplements(self) -> Holder[Supplements]:
        """The files published beside the publication."""
        from sabiscore.publication.supplements import last_supplements

        return last_supplements(self._settings.publication)

    @cached_property
    def health(self) -> Health:
        """What is wrong with what answers are made from."""
        from sabiscore.insights.health import Health
        from sabiscore.insights.published_files import published_files

        return Health(
            self.publications,
            self.production,
            self._clock,
            self.corrections,
            self._behind,
            files=published_files(
                self._settings.publication,
                self.publications,
                self.supplements,
                brought_when_asked=self._settings.bucket is not None,
            ),
            probes=self._probes(),
        )

    def _probes(self) -> dict[CheckName, RememberedProbe]:
        """The dependencies that health asks: a shared cache where one is set, and the store."""
        from sabiscore.net.probes import Probe, RememberedProbe, database_probe, redis_probe

        settings = self._settings
        probes: dict[CheckName, Probe] = {
            "database": database_probe(settings.database_url, expected=settings.archive.exists)
        }
        if settings.cache_url is not None:
            probes["redis"] = redis_probe(settings.cache_url, settings.cache_token)
        return {name: RememberedProbe(probe) for name, probe in probes.items()}

    def _had_corrections(self) -> bool:
        from sabiscore.publication.record_file import tells_of  # only where the file is missing

        return tells_of(self._settings.publication, "live_calibration")

    @property
    def insights(self) -> Insights:
        if self._insights is None:
            from sabiscore.insights.last_track_record import last_track_record
            from sabiscore.insights.production import open_states
            from sabiscore.insights.service import Insights

            self._insights = Insights(
                self.publications,
                last_track_record(self._settings.publication, self.publications),
                corrections=self.corrections,
                models=self.production,
                open_states=open_states,
                clock=self._clock,
                commission=self._settings.exchange_commission,
                supplements=self.supplements,
            )
        return self._insights

    @cached_property
    def follower(self) -> Follower | None:
        """Keeps the data folder as new as the bucket that the fleet shares; None where there is none."""
        if self._settings.bucket is None:
            return None
        from sabiscore.sync.factory import follower_of

        return follower_of(self._settings, self._clock, warn)

    def _behind(self) -> str | None:
        return None if self.follower is None else self.follower.trouble()

    @property
    def answers(self) -> CachedResponder:
        if self._answers is None:
            self._answers = self._answers_over(self._shared)
        return self._answers

    @cached_property
    def guard(self) -> RequestPolicy:
        """What readers are held to, over the whole fleet."""
        return self._guard_by(self._fleet_limiter() or self._buckets())

    @cached_property
    def lone_guard(self) -> RequestPolicy:
        """The same by this instance alone: what tells of Redis' health must not need it."""
        return self._guard_by(self._buckets())

    @cached_property
    def pages_guard(self) -> RequestPolicy:
        """What readers of pages are held to, apart from the API and by this instance alone.

        Many share an address: a carrier's phones, an office.
        """
        return self._guard_by(Buckets(PAGES_PER_MINUTE))

    def _guard_by(self, limiter: Limiter) -> RequestPolicy:
        return RequestPolicy(
            limiter=limiter,
            origins=self._settings.cors_origins,
            edge_secrets=self._settings.edge_secrets,
            most_at_once=self._settings.requests_at_once,
        )

    def _buckets(self) -> Buckets:
        return Buckets(self._settings.requests_per_minute)

    def _fleet_limiter(self) -> Limiter | None:
        url = self._settings.cache_url
        if url is None:
            return None
        from sabiscore.limits.fleet import FleetCount
        from sabiscore.limits.leases import Leases

        alone = self._buckets()
        count = FleetCount(self._calls_to(url), self._breaker, alone.most, warn)
        # Readers' minutes are real ones, also where a rehearsal has set the clock back.
        return Leases(count, alone, _real_now)

    @cached_property
    def _breaker(self) -> TierBreaker:
        """Of the limit and of the answers: who finds Redis away tells the other."""
        from sabiscore.cache.breaker import TierBreaker

        return TierBreaker(_real_now)

    @cached_property
    def fleet_metrics(self) -> FleetMetrics | None:
        """The counts of all processes that share the Redis; None where this process is alone."""
        url = self._settings.cache_url
        return None if url is None else self._fleet_metrics_by(self._calls_to(url), self._breaker)

    @property
    def patient_fleet_metrics(self) -> FleetMetrics | None:
        """The same with clients of its own and more time, for a program that can wait."""
        url = self._settings.cache_url
        if url is None:
            return None
        from sabiscore.cache.breaker import TierBreaker

        return self._fleet_metrics_by(self._patient_calls(url), TierBreaker(_real_now))

    def _fleet_metrics_by(self, calls: UpstashCalls, breaker: TierBreaker) -> FleetMetrics:
        from sabiscore.observability.fleet import MOST_BYTES, FleetMetrics

        reading = self._patient_calls(self._settings.cache_url or "", MOST_BYTES)
        # Ages of counts are real ones, also where a rehearsal has set the clock back.
        return FleetMetrics(calls, breaker, reading=reading, now=_real_now, failed=warn)

    def _patient_calls(self, url: str, most_bytes: int | None = None) -> UpstashCalls:
        from sabiscore.cache.upstash_calls import UpstashCalls

        return UpstashCalls(
            url,
            self._settings.cache_token,
            PROGRAM_DEADLINE_S,
            most_bytes=most_bytes,
            headers=trace_headers,
        )

    @property
    def revalidation(self) -> Revalidation:
        if self._revalidation is None:
            from sabiscore.insights.revalidation import Revalidation

            kept = self._answers_over(self._patient)
            self._revalidation = Revalidation(self.insights, kept, edge=self.edge, failed=warn)
        return self._revalidation

    def tell(self, targets: Targets) -> RevalidationResult:
        """Puts ``targets`` out of date and makes all of them that are coming, for schedules."""
        from sabiscore.insights.revalidation import Revalidation

        async def revalidated() -> RevalidationResult:
            # Clients of their own: those of another loop cannot be used in this one.
            own = Bootstrap(self._settings, self._clock)
            kept = own._answers_over(own._patient)
            patient = Revalidation(
                self.insights, kept, edge=self.edge, failed=warn, hot_s=SCHEDULE_HOT_S, most_hot=SCHEDULE_HOT
            )
            return await patient.revalidate(targets)

        return run_to_end(revalidated())

    def sweep_cache(self) -> int:
        """What the shared cache held of answers that are gone; 0 where there is none."""
        url = self._settings.cache_url
        if url is None:
            return 0
        from sabiscore.cache.upstash import UpstashTier

        async def swept(url: str) -> int:
            tier = UpstashTier(self._patient_calls(url), self._now)
            try:
                return await tier.sweep()
            finally:
                await tier.close()

        return run_to_end(swept(url))

    @cached_property
    def revalidate_calls(self) -> SignedCalls:
        """Calls of the revalidation webhook, each taken once."""
        return self.signed_calls(self._settings.revalidate_secrets)

    def signed_calls(self, secrets: Sequence[str], work_s: float | None = None) -> SignedCalls:
        """Calls signed with one of ``secrets``, each taken once; the work of one takes up to ``work_s``."""
        from sabiscore.cache.memory import MemoryTier
        from sabiscore.cache.tiered_cache import LOCK_LIFE_MS
        from sabiscore.http.webhooks import SignedCalls

        # A memory of their own: calls must not push answers out, nor answers calls.
        memory = MemoryTier(self._now)
        life_ms = LOCK_LIFE_MS if work_s is None else int(1000 * work_s)
        return SignedCalls(
            secrets, memory, l2=self._patient, clock=self._clock, failed=warn, work_life_ms=life_ms
        )

    @cached_property
    def _memory(self) -> Tier:
        from sabiscore.cache.memory import MemoryTier

        return MemoryTier(self._now)

    @cached_property
    def _shared(self) -> Tier:
        from sabiscore.cache.tier import NullTier

        url = self._settings.cache_url
        return NullTier() if url is None else self._tier_over(self._calls_to(url), self._breaker)

    @cached_property
    def _patient(self) -> Tier:
        from sabiscore.cache.tier import NullTier

        url = self._settings.cache_url
        if url is None:
            return NullTier()
        from sabiscore.cache.breaker import TierBreaker

        return self._tier_over(self._patient_calls(url), TierBreaker(_real_now))

    def _answers_over(self, shared: Tier) -> CachedResponder:
        from sabiscore.cache.tiered_cache import TieredCache
        from sabiscore.http.cached_responder import CachedResponder

        return CachedResponder(
            TieredCache(self._memory, shared, now=self._now, failed=warn),
            self._clock,
            self._compute_pool,
            self._fetch,
        )

    async def _fetch(self, files: Sequence[str]) -> None:
        """Brings supplements by the names of their files, where a fleet shares them."""
        from sabiscore.publication.supplements import SUPPLEMENTS_DIR

        if self.follower is not None:
            await self.follower.bring([f"publication/{SUPPLEMENTS_DIR}/{name}" for name in files])

    @cached_property
    def _compute_pool(self) -> ComputePool:
        from sabiscore.http.compute_pool import ComputePool

        return ComputePool()

    @property
    def edge(self) -> EdgeClient | None:
        """The Worker in front; None where there is none."""
        url, secrets = self._settings.edge_url, self._settings.edge_secrets
        if url is None:
            return None
        from sabiscore.http.signatures import signed_headers
        from sabiscore.net.edge import EdgeClient

        # A signature's time is between two machines: a rehearsal's clock is not the Worker's.
        clock = SystemClock()
        return EdgeClient(url, lambda body, call=None: signed_headers(secrets, body, clock.now(), call))

    @property
    def upload_edge_model(self) -> Callable[[bytes], None] | None:
        """What sends a model to the edge model's Worker; None where there is none."""
        url, secrets = self._settings.edge_model_url, self._settings.edge_secrets
        if url is None:
            return None
        from sabiscore.http.signatures import signed_headers
        from sabiscore.net.edge import UPLOAD_DEADLINE_S, EdgeClient

        clock = SystemClock()  # as above
        client = EdgeClient(url, lambda body: signed_headers(secrets, body, clock.now()), UPLOAD_DEADLINE_S)
        return lambda data: run_to_end(client.upload_model(data))

    def _calls_to(self, url: str) -> UpstashCalls:
        """The one client of answers and limits, so that a cold start opens one connection."""
        if self._upstash is None:
            from sabiscore.cache.upstash_calls import UpstashCalls

            self._upstash = UpstashCalls(url, self._settings.cache_token, headers=trace_headers)
        return self._upstash

    def _tier_over(self, calls: UpstashCalls, breaker: TierBreaker) -> Tier:
        from sabiscore.cache.breaker import GuardedTier
        from sabiscore.cache.upstash import UpstashTier

        return GuardedTier(UpstashTier(calls, self._now), breaker, warn)

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return self._settings

    @property
    def clock(self) -> Clock:
        """What this process goes by."""
        return self._clock

    def now(self) -> datetime:
        """The instant by this process's clock."""
        return self._clock.now()

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _of_environment(environ: Mapping[str, str]) -> Bootstrap:
    """What a process serves from, by its environment."""
    settings = read_settings(environ)
    if settings.seed is not None:
        from sabiscore.sync.seed import copy_seed

        copy_seed(settings.seed, settings.data_dir)
    report_errors(settings)
    return Bootstrap(settings, SystemClock())


process: CurrentBootstrap[Bootstrap] = CurrentBootstrap(_of_environment)
"""What this process serves from."""


def _real_now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


def warn(error: Exception) -> None:
    """Log a failure that a copy hid from the reader."""
    from sabiscore.observability.log import log  # Powertools, only when there is something to say

    reason = str(error) or type(error).__name__
    log().warning("a copy was served, or something done without", extra={"reason": reason})

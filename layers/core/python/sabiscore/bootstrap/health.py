"""The composition root of the health function, which must answer whatever is wrong with the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from sabiscore.bootstrap.serving import Bootstrap, process, warn
from sabiscore.errors import BadEntry, BadSetting, CacheUnavailable, SecretsUnavailable
from sabiscore.http.app import create_app
from sabiscore.http.middleware.follow import Follow
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.insights.health import HealthReporter, HealthResult, Misconfigured, WithOlderSettings
from sabiscore.limits.bucket import Buckets
from sabiscore.settings import DEFAULT_REQUESTS_PER_MINUTE

if TYPE_CHECKING:
    from sabiscore.observability.exposition import Gauge
    from sabiscore.observability.totals import Totals
    from sabiscore.sync.follower import Follower


def health_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the health function; the environment is read by the first request."""
    from sabiscore.http.health_routes import health_routes

    # A policy of its own, which needs no setting: a process with a bad one lives, and must say so.
    alone = RequestPolicy(limiter=Buckets(DEFAULT_REQUESTS_PER_MINUTE))

    def guard() -> RequestPolicy:
        try:
            return (bootstrap or process()).lone_guard
        except (BadSetting, SecretsUnavailable):
            return alone

    def following() -> Follower | None:
        try:
            return (bootstrap or process()).follower
        except (BadSetting, SecretsUnavailable):
            return None

    routes = health_routes(lambda: _reporter(bootstrap), lambda report: _metrics(bootstrap, report))
    return create_app(routes, guard, [Middleware(Follow, following=following)])


def _reporter(bootstrap: Bootstrap | None) -> HealthReporter:
    """The health of this process, or which setting keeps it from having any, logged once."""
    from sabiscore.http.problems import SECRETS_UNAVAILABLE, bad_setting_detail
    from sabiscore.observability.log import log_bad_setting

    try:
        health = (bootstrap or process()).health
    except BadSetting as error:
        log_bad_setting(error.setting, error.hint)
        return Misconfigured(bad_setting_detail(error))
    except SecretsUnavailable:  # logged where it was asked
        return Misconfigured(SECRETS_UNAVAILABLE)
    trouble = None if bootstrap else process.trouble()
    return health if trouble is None else WithOlderSettings(health, trouble)


async def _metrics(bootstrap: Bootstrap | None, report: HealthResult) -> str:
    """All metrics of the fleet, as Prometheus reads them; ``report`` is health as it is."""
    # For this route only: being alive needs none of it.
    from sabiscore.insights.gauges import health_gauges
    from sabiscore.observability import families
    from sabiscore.observability.exposition import Gauge, exposition
    from sabiscore.observability.metrics import METRICS

    try:
        serving = bootstrap or process()
    except (BadSetting, SecretsUnavailable):  # the report says so; nobody knows of a fleet
        return exposition(METRICS.totals(), health_gauges(report))
    totals = await _totals(serving)
    published = await run_in_threadpool(lambda: list(_published(serving)))
    readable = Gauge(families.FLEET_READABLE, totals is not None)
    return exposition(totals, [*health_gauges(report), readable, *published])


async def _totals(serving: Bootstrap) -> Totals | None:
    """What the fleet counted, this process included; None, and logged, where that cannot be read."""
    from sabiscore.observability.metrics import METRICS

    fleet = serving.fleet_metrics
    if fleet is None:
        return METRICS.totals()
    await fleet.flush()
    try:
        return await fleet.read()
    except (CacheUnavailable, BadEntry) as error:
        warn(error)
        return None


def _published(serving: Bootstrap) -> Iterator[Gauge]:
    """What is published, as gauges; what cannot be read is left out, and health says why."""
    from sabiscore.insights.gauges import model_gauges, odds_gauges, system_gauges

    inputs = serving.insights.inputs
    publication, record = inputs.publication_or_none(), inputs.record_or_none()
    if publication is not None:
        yield from odds_gauges(publication, inputs.now(publication))
    yield from system_gauges(inputs.supplements.get(), serving.now())
    yield from model_gauges(record.record.drift if record is not None else None)

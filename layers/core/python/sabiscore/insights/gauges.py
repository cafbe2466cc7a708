"""What operators watch of what is published, as gauges: ages, quotas, schedules, the model's quality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sabiscore.errors import BadPublication
from sabiscore.insights.health import HealthResult
from sabiscore.insights.track_record import DriftView
from sabiscore.observability import families
from sabiscore.observability.exposition import Gauge
from sabiscore.publication.publish import Publication
from sabiscore.publication.supplements import Supplements
from sabiscore.publication.system_state import SystemState, read_system

ASKED_AHEAD = timedelta(days=7)
"""Schedules ask for no prices of matches farther away (a test holds it): those age, and nothing is wrong."""


def health_gauges(report: HealthResult) -> Iterator[Gauge]:
    """The health ``report`` as numbers."""
    yield Gauge(families.READY, report.status != "unavailable")
    yield Gauge(families.DEGRADED, report.status == "degraded")
    if report.age_s is not None:
        yield Gauge(families.PUBLICATION_AGE, report.age_s)


def odds_gauges(publication: Publication, at: datetime) -> Iterator[Gauge]:
    """The age of the newest price in each league that has one, of matches whose prices are asked for."""
    newest: dict[str, datetime] = {}
    for match in publication.served.values():
        if match.kickoff_at is None or not at < match.kickoff_at <= at + ASKED_AHEAD:
            continue
        if match.priced_at is not None and match.priced_at <= at:
            newest[match.league] = max(match.priced_at, newest.get(match.league, match.priced_at))
    for league, priced_at in sorted(newest.items()):
        yield Gauge(families.ODDS_AGE, (at - priced_at).total_seconds(), (league,))


def system_gauges(supplements: Supplements, now: datetime) -> Iterator[Gauge]:
    """Quotas and breakers of sources, and schedules, as they were seen last; none where that is unreadable.

    Health says why it cannot be read.
    """
    try:
        state = read_system(supplements)
    except BadPublication:
        return
    if state is not None:
        yield from _sources(state)
        yield from _schedules(state, now)


def _sources(state: SystemState) -> Iterator[Gauge]:
    for line in state.sources:
        yield Gauge(families.BREAKER_OPEN, line.breaker != "closed", (line.name,))
        if line.quota is not None and line.used is not None:
            yield Gauge(families.QUOTA, line.quota, (line.name,))
            yield Gauge(families.QUOTA_LEFT, max(0, line.quota - line.used), (line.name,))


def _schedules(state: SystemState, now: datetime) -> Iterator[Gauge]:
    for line in state.schedules:
        if line.finished_at is not None:
            finished_at = datetime.fromisoformat(line.finished_at)
            yield Gauge(families.SCHEDULE_AGE, max(0.0, (now - finished_at).total_seconds()), (line.name,))
            yield Gauge(families.SCHEDULE_FAILED, line.outcome == "failed", (line.name,))


def model_gauges(drift: DriftView | None) -> Iterator[Gauge]:
    """How good the bundle in production was on what was settled last; none before anything was."""
    if drift is None:
        return
    yield Gauge(families.SETTLED, drift.n)
    seen: Mapping[families.Family, float | None] = {
        families.ACCURACY: drift.accuracy,
        families.ACCURACY_FALL: drift.accuracy_z,
        families.LOG_LOSS_VERSUS_MARKET: drift.against_market,
    }
    yield from (Gauge(family, value) for family, value in seen.items() if value is not None)

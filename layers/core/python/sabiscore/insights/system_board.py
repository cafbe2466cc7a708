"""The board of the system: the age of its data, sources and schedules, and what this process measured."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import Field

from sabiscore.domain.league import SERVED, League
from sabiscore.insights.compose import league_ref
from sabiscore.insights.document import Document, LeagueRef
from sabiscore.insights.health import HealthResult
from sabiscore.observability.metrics import Metrics
from sabiscore.publication.matchday import Matchday
from sabiscore.publication.publish import Publication
from sabiscore.publication.system_state import ScheduleLine, SourceLine, SystemState

STATE_LIFE = timedelta(minutes=30)
"""Schedules look every few minutes: an older word on sources says that they do not run."""


class BoardCheck(Document):
    """One thing that answers are made from."""

    name: str
    status: Literal["pass", "warn", "fail"]
    detail: str


class LeagueData(Document):
    """How new the data of a league is."""

    league: LeagueRef
    coming: int = Field(ge=0, description="Matches published.")
    newest_price_at: datetime | None
    age_s: int | None = Field(ge=0, description="Of the newest price.")
    last_result_day: date | None = Field(description="Within the last seven days.")


class SourceView(Document):
    """A source of facts, as a schedule saw it last."""

    name: str
    state: str = Field(
        examples=["on"], description="on · off: no key · off: no licence · resting · trying again"
    )
    breaker: str = Field(examples=["closed"])
    used: int | None = Field(description="Calls used of the quota's period; null without a quota.")
    quota: int | None
    per: str | None = Field(examples=["day"])
    renews_at: datetime | None
    last_good_at: datetime | None
    failures: int | None = Field(description="Failed fetches so far.")


class ScheduleRow(Document):
    """A schedule, as it stood when one looked last."""

    name: str
    due_at: datetime
    started_at: datetime | None = Field(
        description="Of its newest run that had ended; null before the first."
    )
    finished_at: datetime | None
    outcome: str | None
    problems: int = Field(ge=0)


class Latency(Document):
    """Seconds that so many per cent of answers took at most; null past the longest that is told apart."""

    n: int = Field(ge=1)
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None


class ProcessFigures(Document):
    """What the process that made this document has measured since it began."""

    answers: dict[str, int] = Field(description="By the tier that had them: memory, shared, computed.")
    hit_ratio: float | None = Field(ge=0, le=1, description="Those that had not to be computed.")
    latency: Latency | None


class SystemBoard(Document):
    """How the system stands."""

    status: Literal["ok", "degraded", "unavailable"]
    checks: tuple[BoardCheck, ...]
    alerts: tuple[BoardCheck, ...] = Field(description="The checks that do not pass.")
    bundle: str | None
    published_at: datetime | None = Field(description="The instant that the publication speaks of.")
    age_s: int | None = Field(ge=0)
    data: tuple[LeagueData, ...]
    sources: tuple[SourceView, ...]
    schedules: tuple[ScheduleRow, ...]
    looked_at: datetime | None = Field(description="When a schedule looked at sources and schedules last.")
    process: ProcessFigures
    generated_at: datetime
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")


def system_board(
    health: HealthResult,
    *,
    publication: Publication | None,
    matchday: Matchday,
    state: SystemState | str,
    metrics: Metrics,
    at: datetime,
) -> SystemBoard:
    """The board at ``at``; ``state`` may be the reason why nothing of sources and schedules is known."""
    known = None if isinstance(state, str) else state
    checks = [BoardCheck(name=c.name, status=c.status, detail=c.detail) for c in health.checks]
    alerts = [check for check in checks if check.status != "pass"]
    if known is not None and at - known.at > STATE_LIFE:
        detail = f"No schedule has looked at the sources for {int((at - known.at).total_seconds())} seconds."
        alerts.append(BoardCheck(name="schedules", status="warn", detail=detail))
    figures = process_figures(metrics)
    unknown = {
        "data": None if publication else "Nothing is published yet.",
        "sources": state if isinstance(state, str) else None if state.sources else _NO_SOURCES,
        "schedules": state if isinstance(state, str) else None,
        "process.hit_ratio": None if figures.answers else "This process has answered nothing yet.",
        "process.latency": None if figures.latency else "This process has measured nothing yet.",
    }
    return SystemBoard(
        status=health.status,
        checks=tuple(checks),
        alerts=tuple(alerts),
        bundle=health.bundle,
        published_at=health.as_of,
        age_s=health.age_s,
        data=tuple(_league(league, publication, matchday, at) for league in SERVED) if publication else (),
        sources=tuple(map(_source, known.sources)) if known else (),
        schedules=tuple(map(_schedule, known.schedules)) if known else (),
        looked_at=known.at if known else None,
        process=figures,
        generated_at=at,
        unknown={path: why for path, why in unknown.items() if why is not None},
    )


_NO_SOURCES = "The matches are made up, so no source is asked."


def process_figures(metrics: Metrics) -> ProcessFigures:
    """What ``metrics`` counted so far."""
    answers = metrics.answers()
    every = sum(answers.values())
    return ProcessFigures(
        answers=answers,
        hit_ratio=1 - answers.get("computed", 0) / every if every else None,
        latency=_latency(metrics),
    )


def _latency(metrics: Metrics) -> Latency | None:
    n, (p50, p95, p99) = metrics.at_most((0.5, 0.95, 0.99))
    return Latency(n=n, p50_s=p50, p95_s=p95, p99_s=p99) if n else None


def _league(league: League, publication: Publication, matchday: Matchday, at: datetime) -> LeagueData:
    served = [match for match in publication.served.values() if match.league == league.key]
    priced = [match.priced_at for match in served if match.priced_at is not None and match.priced_at <= at]
    newest = max(priced, default=None)
    of_league = [life for life in matchday.lives.values() if life.match.league == league.key]
    over = [life.match.day for life in of_league if life.status == "finished"]
    return LeagueData(
        league=league_ref(league),
        coming=len(served),
        newest_price_at=newest,
        age_s=int((at - newest).total_seconds()) if newest is not None else None,
        last_result_day=max(over, default=None),
    )


def _source(line: SourceLine) -> SourceView:
    return SourceView(
        name=line.name,
        state=line.state,
        breaker=line.breaker,
        used=line.used,
        quota=line.quota,
        per=line.per,
        renews_at=_instant(line.renews_at),
        last_good_at=_instant(line.last_good_at),
        failures=line.failures,
    )


def _schedule(line: ScheduleLine) -> ScheduleRow:
    return ScheduleRow(
        name=line.name,
        due_at=datetime.fromisoformat(line.due_at),
        started_at=_instant(line.started_at),
        finished_at=_instant(line.finished_at),
        outcome=line.outcome,
        problems=line.problems,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None

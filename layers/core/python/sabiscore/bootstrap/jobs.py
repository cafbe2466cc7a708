"""The composition root of schedules on Lambda and at a signed call; all other parts are in ``bootstrap``.

Decisions: docs/decisions/calls-do-not-run-jobs.md, docs/decisions/no-reserved-concurrency.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sabiscore.bootstrap.serving import Bootstrap, process
from sabiscore.http.app import create_app
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.observability.log import log

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from sabiscore.bootstrap.lambda_handler import Handler
    from sabiscore.clock import Clock
    from sabiscore.domain.data_kind import DataKind
    from sabiscore.http.cron_routes import Run
    from sabiscore.http.schema import ScheduleView
    from sabiscore.jobs.context import JobContext
    from sabiscore.settings import Settings

ANSWER_S = 26.0
"""No answer of the cron function takes longer; it waits ``PATIENCE_S`` for a run."""


@contextmanager
def open_for_run(settings: Settings, clock: Clock) -> Iterator[JobContext]:
    """The desk of one run that a function makes.

    Lambda's own disk is empty at first and lost at last: ``open_desk`` brings the home from the bucket, and
    takes it back there.
    """
    from sabiscore.bootstrap.job_context import open_job_context

    with open_job_context(settings, clock, _kind(settings)) as desk:
        yield desk


def run_for(bootstrap: Bootstrap, job: str, cause: str) -> Mapping[str, Any]:
    """The report of the run of ``job`` that ``cause`` asks for."""
    # SQLAlchemy, numpy and the network's client: never for a request that is only answered.
    from sabiscore.jobs.registry import run_job

    with open_for_run(bootstrap.settings, bootstrap.clock) as desk:
        report = run_job(job, desk, cause)
    log().info(str(report), extra={"report": report.as_json()})
    return report.as_json()


def schedule_handler(job: str, bootstrap: Bootstrap | None = None) -> Handler:
    """The Lambda handler of one schedule: an event in, the report out.

    What is no event of a schedule is refused, logged and not raised, since Lambda would deliver it again.
    A run that fails at a tick is raised, so that it is counted and EventBridge asks again.
    """
    from sabiscore.errors import JobNotDone, Refused
    from sabiscore.jobs.trigger import cause_of, is_tick

    def handle(event: Any, _context: Any) -> Mapping[str, Any]:
        try:
            cause = cause_of(event, job)
        except Refused as error:
            log().error("an event was set aside", extra={"job": job, "reason": str(error)})
            return {"job": job, "outcome": "refused", "sentence": str(error), "problems": [], "retry": False}
        report = run_for(bootstrap or process(), job, cause)
        if report["outcome"] == "failed" and is_tick(cause):
            raise JobNotDone(report)
        return report

    return handle


def cron_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the cron function; the environment is read by the first request."""
    from functools import cache

    from sabiscore.http.cron_routes import cron_routes

    @cache
    def made() -> Bootstrap:
        return bootstrap or process()

    @cache
    def guard() -> RequestPolicy:
        return replace(made().guard, time_limit_s=ANSWER_S)

    routes = cron_routes(
        lambda: _run(made()),
        cache(lambda: made().signed_calls(made().settings.cron_secrets, work_s=ANSWER_S)),
        lambda: _schedules(made()),
    )
    return create_app(routes, guard)


def _run(bootstrap: Bootstrap) -> Run:
    """In the function of the schedule where there is one, in this process otherwise."""
    begins = bootstrap.settings.cron_functions
    if not begins:
        return lambda job, call_id: run_for(bootstrap, job, f"call:{call_id}")
    from sabiscore.http.cron_routes import PATIENCE_S
    from sabiscore.jobs.trigger import call
    from sabiscore.net.invocation import invoke

    return lambda job, call_id: invoke(f"{begins}{job}", call(job, call_id), wait_s=PATIENCE_S - 1)


def _kind(settings: Settings) -> DataKind:
    """What the store holds: live sources never tell of made-up matches. A new one is for real ones."""
    from sabiscore.store.database import Store

    with Store.open(settings.database_url, settings.archive) as store:
        return store.kind or "real"


def _schedules(bootstrap: Bootstrap) -> list[ScheduleView]:
    """Each schedule with its newest run on record. Raises StoreUnavailable, at once."""
    from sabiscore.http.schema import LastRun, ScheduleView
    from sabiscore.jobs.timetable import TIMETABLE
    from sabiscore.store.jobs import Jobs
    from sabiscore.store.session import AT_ONCE_S, Database

    database, now = Database(bootstrap.settings.database_url, recover_s=AT_ONCE_S), bootstrap.now()
    try:
        newest = {job: Jobs(database).last(job) for job in TIMETABLE}
    finally:
        database.close()
    views = []
    for job, runs in newest.items():
        runs_of_job = [
            {"started_at": run.started_at, "finished_at": run.finished_at, "outcome": run.outcome}
            for run in runs
        ]
        last = LastRun.model_validate(runs_of_job[0]) if runs_of_job else None
        views.append(
            ScheduleView.model_validate({"name": job, "due_at": TIMETABLE[job].next(now), "last": last})
        )
    return views

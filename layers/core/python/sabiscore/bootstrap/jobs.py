"""The composition root of jobs on Lambda, at a tick of EventBridge or a signed call.

Decisions: docs/decisions/calls-do-not-run-jobs.md, docs/decisions/no-reserved-concurrency.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sabiscore.bootstrap.serving import Bootstrap, process
from sabiscore.http.app import create_app
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.observability.log import log
from sabiscore.observability.trace import traced

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from sabiscore.bootstrap.lambda_handler import Handler
    from sabiscore.clock import Clock
    from sabiscore.domain.data_kind import DataKind
    from sabiscore.http.cron_routes import Run
    from sabiscore.http.schema import LastRun, ScheduleView
    from sabiscore.http.webhooks import SignedCalls
    from sabiscore.jobs.context import JobContext
    from sabiscore.settings import Settings
    from sabiscore.store.jobs import Run as StoredRun

ANSWER_S = 26.0
"""The longest time to an answer of the cron function, which waits ``RUN_PATIENCE_S`` for a run."""


@contextmanager
def open_for_run(settings: Settings, clock: Clock) -> Iterator[JobContext]:
    """The context of one run in a Lambda function.

    Lambda's own disk is empty at first and lost at last: ``open_job_context`` downloads the data folder from
    the bucket and uploads it again.
    """
    from sabiscore.bootstrap.job_context import open_job_context

    with open_job_context(settings, clock, _kind(settings)) as context:
        yield context


def run_for(bootstrap: Bootstrap, job: str, cause: str) -> Mapping[str, Any]:
    """The report of the run of ``job`` that ``cause`` asks for."""
    # Imports SQLAlchemy, numpy and the HTTP client, which no request that is only answered may pay for.
    from sabiscore.jobs.registry import run_job

    with open_for_run(bootstrap.settings, bootstrap.clock) as context:
        report = run_job(job, context, cause)
    say = log().error if report.outcome == "failed" else log().info
    say(str(report), extra={"report": report.as_json()})
    return report.as_json()


def schedule_handler(job: str, bootstrap: Bootstrap | None = None) -> Handler:
    """The Lambda handler of one schedule: an event in, the report out.

    An event that no schedule sends is refused and logged, not raised, since Lambda would deliver it again.
    A run that fails at a tick raises JobNotDone, so that the error is counted and EventBridge retries.
    """
    from sabiscore.errors import JobNotDone, Refused
    from sabiscore.jobs.trigger import cause_of, is_tick, traceparent_of

    def handle(event: Any, _context: Any) -> Mapping[str, Any]:
        with traced(traceparent_of(event)):
            return handled(event)

    def handled(event: Any) -> Mapping[str, Any]:
        try:
            cause = cause_of(event, job)
        except Refused as error:
            log().error("an event was set aside", extra={"job": job, "reason": str(error)})
            return {"job": job, "outcome": "refused", "sentence": str(error), "problems": [], "retry": False}
        try:
            report = run_for(bootstrap or process(), job, cause)
        except Exception:
            log().exception("a run broke", extra={"job": job})
            raise
        if report["outcome"] == "failed" and is_tick(cause):
            raise JobNotDone(report)
        return report

    return handle


def cron_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the cron function; the environment is read by the first request."""
    from sabiscore.http.cron_routes import cron_routes

    def current() -> Bootstrap:
        return bootstrap or process()

    # Kept for one bootstrap alone: another takes its place when secrets are rotated.
    @lru_cache(maxsize=1)
    def policy_of(bootstrap: Bootstrap) -> RequestPolicy:
        return replace(bootstrap.guard, time_limit_s=ANSWER_S)

    @lru_cache(maxsize=1)
    def calls_of(bootstrap: Bootstrap) -> SignedCalls:
        return bootstrap.signed_calls(bootstrap.settings.cron_secrets, work_s=ANSWER_S)

    routes = cron_routes(lambda: _run(current()), lambda: calls_of(current()), lambda: _schedules(current()))
    return create_app(routes, lambda: policy_of(current()))


def _run(bootstrap: Bootstrap) -> Run:
    """Runs a job in its own Lambda function where there is one, in this process otherwise."""
    prefix = bootstrap.settings.cron_functions
    if not prefix:
        return lambda job, call_id: run_for(bootstrap, job, f"call:{call_id}")
    from sabiscore.http.cron_routes import RUN_PATIENCE_S
    from sabiscore.jobs.trigger import call
    from sabiscore.net.invocation import invoke

    return lambda job, call_id: invoke(f"{prefix}{job}", call(job, call_id), wait_s=RUN_PATIENCE_S - 1)


def _kind(settings: Settings) -> DataKind:
    """The kind of matches in the store; a new store is for real ones."""
    from sabiscore.store.database import Store

    with Store.open(settings.database_url, settings.archive) as store:
        return store.kind or "real"


def _schedules(bootstrap: Bootstrap) -> list[ScheduleView]:
    """Each schedule with its newest run on record. Raises StoreUnavailable without waiting for the store."""
    from sabiscore.http.schema import ScheduleView
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
        last = _last_run(runs[0]) if runs else None
        views.append(
            ScheduleView.model_validate({"name": job, "due_at": TIMETABLE[job].next(now), "last": last})
        )
    return views


def _last_run(run: StoredRun) -> LastRun:
    from sabiscore.http.schema import LastRun

    return LastRun.model_validate(
        {"started_at": run.started_at, "finished_at": run.finished_at, "outcome": run.outcome}
    )

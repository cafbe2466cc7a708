"""The composition root of the cron function: signed calls of schedules, and what there is to say of them.

Decision: docs/decisions/calls-do-not-run-jobs.md.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from sabiscore.bootstrap.jobs import run_for
from sabiscore.bootstrap.serving import Bootstrap, process
from sabiscore.http.app import create_app
from sabiscore.http.request_policy import RequestPolicy

if TYPE_CHECKING:
    from sabiscore.http.cron_routes import Run
    from sabiscore.http.schema import LastRun, ScheduleView
    from sabiscore.http.webhooks import SignedCalls
    from sabiscore.store.jobs import Run as StoredRun

ANSWER_S = 26.0
"""The longest time to an answer of the cron function, which waits ``RUN_PATIENCE_S`` for a run."""


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

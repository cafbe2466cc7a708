"""The composition root of jobs on Lambda, at a tick of EventBridge or a signed call passed on.

Decision: docs/decisions/no-reserved-concurrency.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sabiscore.bootstrap.serving import Bootstrap, process
from sabiscore.observability.log import log
from sabiscore.observability.trace import traced

if TYPE_CHECKING:
    from sabiscore.bootstrap.measured import Handler
    from sabiscore.clock import Clock
    from sabiscore.domain.data_kind import DataKind
    from sabiscore.jobs.context import JobContext
    from sabiscore.settings import Settings


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


def _kind(settings: Settings) -> DataKind:
    """The kind of matches in the store; a new store is for real ones."""
    from sabiscore.store.database import Store

    with Store.open(settings.database_url, settings.archive) as store:
        return store.kind or "real"

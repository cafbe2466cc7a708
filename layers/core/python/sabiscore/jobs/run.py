"""A run of a job: the only one of that job in the whole fleet, and on record with its outcome."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sabiscore.errors import JobLost, SabiScoreError, Unavailable
from sabiscore.events.outbox_publisher import PublishedCounts
from sabiscore.files import disk_errors
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobReport, JobResult, Outcome, with_events
from sabiscore.observability.metrics import METRICS

HEARTBEAT_S = 30.0
"""Between two heartbeats; a run without one for two minutes counts as dead (store.jobs)."""


class JobRun:
    """One run's hold of its job's lock, which another run may have taken over."""

    def __init__(self, context: JobContext, run_id: str) -> None:
        self._context = context
        self._run_id = run_id
        self.published = PublishedCounts()
        """The events published so far, over the whole run."""

    def publish_events(self) -> None:
        """Publishes the events stored so far; a failure becomes a problem and leaves them to the next run."""
        try:
            self.published += self._context.outbox.run()
        except SabiScoreError as error:
            self.published += PublishedCounts(problems=(f"Events were not sent: {error}",))

    def require_alive(self) -> None:
        """Raises JobLost when another run has begun: nothing may be published any more."""
        if not self._context.jobs.alive(self._run_id, self._context.now()):
            raise JobLost("Another run has begun.", hint="It goes on from what was stored.")


Work = Callable[[JobContext, JobRun], JobResult]
"""A job's work. Each thing it stores is valid by itself, so that the next run can continue from anywhere."""


def run(job: str, work: Work, context: JobContext) -> JobReport:
    """The report of ``work``, run while no other run of ``job`` is alive in the fleet.

    An error of ours ends the run and is reported; any other is put on record and raised. Raises
    StoreUnavailable when the run cannot be put on record.
    """
    started_at = context.now()
    run_id = context.jobs.begin(job, started_at)
    if run_id is None:
        METRICS.job_ran(job, "busy")
        return JobReport(
            job=job,
            outcome="busy",
            started_at=started_at,
            took_s=0.0,
            done=JobResult("another run is under way."),
        )
    outcome: Outcome = "failed"
    result, retry = JobResult("it broke."), False
    try:
        with _heartbeat(context, run_id):
            job_run = JobRun(context, run_id)
            job_run.publish_events()  # those of a run that died
            outcome, result, retry = _worked(work, context, job_run)
            job_run.publish_events()
            result = with_events(result, job_run.published)
    finally:
        METRICS.job_ran(job, outcome)
        ended_at = context.now()
        report = JobReport(
            job=job,
            outcome=outcome,
            started_at=started_at,
            took_s=(ended_at - started_at).total_seconds(),
            done=result,
            retry=retry,
        )
        context.jobs.finish(run_id, ended_at, outcome, report.as_json())
    return report


def _worked(work: Work, context: JobContext, job_run: JobRun) -> tuple[Outcome, JobResult, bool]:
    """The outcome and result of the work, and whether a retry may succeed."""
    try:
        with disk_errors():
            return "done", work(context, job_run), False
    except SabiScoreError as error:
        result = JobResult(str(error), problems=(error.hint,) if error.hint else ())
        return "failed", result, isinstance(error, Unavailable)


@contextmanager
def _heartbeat(context: JobContext, run_id: str) -> Iterator[None]:
    """Renews the lock from a thread of its own: a job may wait minutes for providers."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_S):
            try:
                context.jobs.alive(run_id, context.now())
            except Unavailable:
                continue  # the next heartbeat tries again; the work raises by itself if it needs the store

    thread = threading.Thread(target=beat, name=f"beat-{run_id[:8]}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()

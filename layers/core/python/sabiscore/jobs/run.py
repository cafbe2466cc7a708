"""A run of a job: alone in the whole fleet, and on record with what it did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sabiscore.errors import JobLost, SabiScoreError, Unavailable
from sabiscore.events.outbox_publisher import PublishedCounts
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobReport, JobResult, Outcome, with_events

BEAT_S = 30.0
"""Between two signs of life; a run that gives none for two minutes is taken for dead (store.jobs)."""


class JobRun:
    """One run's hold of its job; another run may have taken it for dead and begun."""

    def __init__(self, desk: JobContext, run: str) -> None:
        self._desk = desk
        self._run = run
        self.relayed = PublishedCounts()

    def tell(self) -> None:
        """Sends what has happened so far; ``relayed`` is what came of that, over the whole run."""
        self.relayed += _relayed(self._desk)

    def require(self) -> None:
        """Raises JobLost when another run has begun: nothing may be published any more."""
        if not self._desk.jobs.alive(self._run, self._desk.now()):
            raise JobLost("Another run has begun.", hint="It goes on from what was stored.")


Work = Callable[[JobContext, JobRun], JobResult]
"""A job's work. Whatever it stores stands by itself, so that the next run can go on from anywhere."""


def run(job: str, work: Work, desk: JobContext) -> JobReport:
    """What came of ``work``, the only run of ``job`` in the fleet meanwhile.

    Raises StoreUnavailable when the run cannot be put on record. An error of ours ends the run and is
    reported; any other is put on record and raised.
    """
    started_at = desk.now()
    identity = desk.jobs.begin(job, started_at)
    if identity is None:
        return JobReport(job, "busy", started_at, 0.0, JobResult("another run is under way."))
    outcome: Outcome = "failed"
    done, retry = JobResult("it broke."), False
    try:
        with _beating(desk, identity):
            turn = JobRun(desk, identity)
            turn.tell()  # what a run that died has left
            outcome, done, retry = _worked(work, desk, turn)
            turn.tell()
            done = with_events(done, turn.relayed)
    finally:
        ended_at = desk.now()
        report = JobReport(job, outcome, started_at, (ended_at - started_at).total_seconds(), done, retry)
        desk.jobs.finish(identity, ended_at, outcome, report.as_json())
    return report


def _worked(work: Work, desk: JobContext, turn: JobRun) -> tuple[Outcome, JobResult, bool]:
    """What came of the work, and whether it may do better soon."""
    try:
        return "done", work(desk, turn), False
    except SabiScoreError as error:
        done = JobResult(str(error), problems=(error.hint,) if error.hint else ())
        return "failed", done, isinstance(error, Unavailable)


def _relayed(desk: JobContext) -> PublishedCounts:
    """What came of sending events; whatever goes wrong leaves them to the next run."""
    try:
        return desk.relay.run()
    except SabiScoreError as error:
        return PublishedCounts(problems=(f"Events were not sent: {error}",))


@contextmanager
def _beating(desk: JobContext, identity: str) -> Iterator[None]:
    """Signs of life from a thread of its own: a job may wait minutes for providers."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_S):
            try:
                desk.jobs.alive(identity, desk.now())
            except Unavailable:
                continue  # the store is away for a moment; the work itself will say so if it needs it

    thread = threading.Thread(target=beat, name=f"beat-{identity[:8]}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()

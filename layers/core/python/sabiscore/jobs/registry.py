"""Every job by its name."""

from __future__ import annotations

from collections.abc import Mapping

from sabiscore.jobs import calibrate, cleanup, odds, stats
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.idempotency import once_for
from sabiscore.jobs.report import JobReport
from sabiscore.jobs.run import Work, run

JOBS: Mapping[str, Work] = {
    "odds": odds.work,
    "stats": stats.work,
    "calibrate": calibrate.work,
    "cleanup": cleanup.work,
}


def run_job(name: str, context: JobContext, cause: str | None = None) -> JobReport:
    """The report of one run of the job ``name``, a key of JOBS.

    For a ``cause`` whose work was done before, the result is the stored one.
    """
    work = JOBS[name]
    return run(name, work if cause is None else once_for(cause, name, work), context)

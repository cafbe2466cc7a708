"""Every job by its name."""

from __future__ import annotations

from collections.abc import Mapping

from sabiscore.schedules import calibrate, cleanup, odds, stats
from sabiscore.schedules.causes import once_for
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.job import Work, run
from sabiscore.schedules.report import Report

JOBS: Mapping[str, Work] = {
    "odds": odds.work,
    "stats": stats.work,
    "calibrate": calibrate.work,
    "cleanup": cleanup.work,
}


def run_job(name: str, desk: Desk, cause: str | None = None) -> Report:
    """One run of the job ``name``, a key of JOBS; for a ``cause`` that was worked for, what came of that."""
    work = JOBS[name]
    return run(name, work if cause is None else once_for(cause, name, work), desk)

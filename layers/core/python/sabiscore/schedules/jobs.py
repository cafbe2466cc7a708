"""Every job by its name."""

from __future__ import annotations

from collections.abc import Mapping

from sabiscore.schedules import calibrate, cleanup, odds, stats
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.job import Work, run
from sabiscore.schedules.report import Report

JOBS: Mapping[str, Work] = {
    "odds": odds.work,
    "stats": stats.work,
    "calibrate": calibrate.work,
    "cleanup": cleanup.work,
}


def run_job(name: str, desk: Desk) -> Report:
    """One run of the job ``name``, a key of JOBS."""
    return run(name, JOBS[name], desk)

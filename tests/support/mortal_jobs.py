"""Jobs in a process of their own that may die in the middle; it imports nothing that learning needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sabiscore.bootstrap.job_context import open_job_context
from sabiscore.clock import FixedClock
from sabiscore.jobs.registry import run_job
from sabiscore.net.provider_client import RetryPolicy
from sabiscore.settings import read_settings
from tests.support.deaths import Fuse
from tests.support.provider_server import NAMES

ALONE = RetryPolicy(60, 60, attempts=1)
"""One attempt, and all the time that a busy machine wants."""


def run_jobs(environ: dict[str, str], url: str, at: datetime, jobs: Sequence[str], fuse: Fuse) -> None:
    """Runs ``jobs`` where providers answer at ``url``, until ``fuse`` ends this process or they are done."""
    fuse.count_statements()
    with open_job_context(
        read_settings(environ),
        FixedClock(at),
        "simulated",
        patience=ALONE,
        elsewhere=dict.fromkeys(NAMES, url),
    ) as context:
        for job in jobs:
            run_job(job, context)

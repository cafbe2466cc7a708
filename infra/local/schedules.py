"""Schedules of this machine, by the timetable, beside what it serves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from infra.local.memory import give_back
from sabiscore.bootstrap.job_context import open_job_context
from sabiscore.clock import Clock, SystemClock
from sabiscore.domain.data_kind import DataKind
from sabiscore.errors import SabiScoreError
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import JOBS, run_job
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.settings import Settings

if TYPE_CHECKING:
    from httpx import BaseTransport

LONGEST_WAIT_S = 5.0
"""A machine may sleep, or its clock be set: the time is looked at this often."""

Say = Callable[[str], None]


def due(then: dict[str, datetime], now: datetime) -> list[str]:
    """The jobs whose time in ``then`` has come; their next one is put in its place.

    What was missed while the machine slept is made up for once. A time further off than the job's interval
    was worked out by a clock that has since been set back: it is void, and the job runs now.
    """
    found = [job for job, at in then.items() if not timedelta(0) < at - now <= TIMETABLE[job].interval]
    then.update({job: TIMETABLE[job].next(now) for job in found})
    return found


@contextmanager
def running(
    settings: Settings,
    kind: DataKind,
    say: Say,
    *,
    clock: Clock | None = None,
    jobs: Iterable[str] = tuple(JOBS),
    transport: BaseTransport | None = None,
) -> Iterator[None]:
    """Runs every job once at once, then by the timetable, in a thread of its own, until the end.

    ``transport`` replaces the network, as in ``open_job_context``.
    """
    over, clock = threading.Event(), clock or SystemClock()
    then = dict.fromkeys(jobs, clock.now())
    opened = partial(open_job_context, settings, clock, kind, transport=transport)

    def keep() -> None:
        while not over.is_set():
            for job in due(then, clock.now()):
                say(_ran(job, opened))
                give_back()
                if over.is_set():
                    return
            left = (min(then.values()) - clock.now()).total_seconds()
            over.wait(min(max(left, 0.0), LONGEST_WAIT_S))

    thread = threading.Thread(target=keep, name="schedules", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LONGEST_WAIT_S)


def _ran(job: str, opened: Callable[[], AbstractContextManager[JobContext]]) -> str:
    """What a run of ``job`` did; an unreachable store is reported, and the next run tries again."""
    try:
        with opened() as context:
            return str(run_job(job, context))
    except SabiScoreError as error:
        return f"{job}: {error} {error.hint}".rstrip()

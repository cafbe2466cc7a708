"""Runs of schedules: one at a time for the fleet, each on record with what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Executable, bindparam, delete, func, insert, or_, select, update

from sabiscore.store.schedule_tables import job_locks, job_runs
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into

LOCK_LIFE = timedelta(minutes=2)
"""A run that says nothing for this long is dead, and another may begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a job; ``outcome`` is running, done, failed or died."""

    id: str
    job: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    report: Mapping[str, Any]


_DIED = (
    update(job_runs)
    .where(job_runs.c.job == bindparam("of"), job_runs.c.outcome == "running")
    .values(outcome="died", finished_at=bindparam("now"))
)
_BEGUN = insert(job_runs)
_ALIVE = update(job_locks).where(job_locks.c.owner == bindparam("run")).values(until=bindparam("ends"))
_ENDED = (
    update(job_runs)
    .where(job_runs.c.id == bindparam("run"))
    .values(outcome=bindparam("came_to"), finished_at=bindparam("now"), report=bindparam("told"))
)
_GIVEN_BACK = delete(job_locks).where(job_locks.c.owner == bindparam("run"))


@cache
def _take(dialect: str) -> Executable:
    """Takes the lock of a job that is free or overdue, or whose end a clock set back has made far off."""
    put = insert_into(job_locks, dialect).values(
        job=bindparam("of"), owner=bindparam("by"), until=bindparam("ends")
    )
    until = job_locks.c.until
    return put.on_conflict_do_update(
        index_elements=["job"],
        set_={"owner": put.excluded.owner, "until": put.excluded.until},
        where=or_(until <= bindparam("now"), until > bindparam("far")),
    ).returning(job_locks.c.owner)


class Jobs:
    """The tables of runs and of who is running."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, job: str, now: datetime) -> str | None:
        """The id of a run that may go on now; None while another one is alive.

        A run whose lock has outlived its life is noted as died.
        """
        owner = uuid4().hex
        with self._database.transaction() as connection:
            lock = {"of": job, "by": owner, "ends": now + LOCK_LIFE, "now": now, "far": now + 2 * LOCK_LIFE}
            if connection.scalar(_take(connection.dialect.name), lock) != owner:
                return None
            connection.execute(_DIED, {"of": job, "now": now})
            row = {"id": owner, "job": job, "started_at": now, "outcome": "running", "report": {}}
            connection.execute(_BEGUN, row)
        return owner

    def alive(self, run: str, now: datetime) -> bool:
        """Whether the run still holds its lock, whose life begins anew."""
        with self._database.transaction() as connection:
            return connection.execute(_ALIVE, {"run": run, "ends": now + LOCK_LIFE}).rowcount == 1

    def finish(self, run: str, now: datetime, outcome: str, report: Mapping[str, Any]) -> None:
        """Puts the end of a run on record and gives the lock back."""
        with self._database.transaction() as connection:
            ended = {"run": run, "came_to": outcome, "now": now, "told": dict(report)}
            connection.execute(_ENDED, ended)
            connection.execute(_GIVEN_BACK, {"run": run})

    def last(self, job: str, count: int = 1) -> list[Run]:
        """The newest runs of a job, the newest first."""
        newest = select(job_runs).where(job_runs.c.job == job).order_by(job_runs.c.started_at.desc())
        with self._database.transaction() as connection:
            rows = connection.execute(newest.limit(count)).mappings().all()
        return [Run(**row) for row in rows]

    def outcomes(self, since: datetime) -> dict[str, dict[str, int]]:
        """By job, how many runs that began from ``since`` on had each outcome."""
        counted = select(job_runs.c.job, job_runs.c.outcome, func.count()).where(
            job_runs.c.started_at >= since
        )
        found: dict[str, dict[str, int]] = {}
        with self._database.transaction() as connection:
            for job, outcome, count in connection.execute(
                counted.group_by(job_runs.c.job, job_runs.c.outcome)
            ):
                found.setdefault(job, {})[outcome] = count
        return found

    def forget(self, before: datetime) -> int:
        """How many runs that ended before ``before`` were forgotten."""
        with self._database.transaction() as connection:
            return connection.execute(delete(job_runs).where(job_runs.c.finished_at < before)).rowcount

"""Runs of schedules: one at a time for the fleet, each on record with what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sabiscore.store.schedule_tables import job_locks, job_runs
from sabiscore.store.session import Database

LOCK_LIFE = timedelta(minutes=2)
"""A run that says nothing for this long is dead, and another may begin."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job; ``outcome`` is running, done, failed or died."""

    id: str
    job: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    report: Mapping[str, Any]


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
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            taken = dialect.insert(job_locks).values(job=job, owner=owner, until=now + LOCK_LIFE)
            mine = taken.on_conflict_do_update(
                index_elements=["job"],
                set_={"owner": owner, "until": now + LOCK_LIFE},
                where=or_(job_locks.c.until <= now, job_locks.c.until > now + 2 * LOCK_LIFE),
            )
            if connection.execute(mine.returning(job_locks.c.owner)).scalar() != owner:
                return None
            left = (job_runs.c.job == job) & (job_runs.c.outcome == "running")
            connection.execute(update(job_runs).where(left).values(outcome="died", finished_at=now))
            row = {"id": owner, "job": job, "started_at": now, "outcome": "running", "report": {}}
            connection.execute(insert(job_runs).values(row))
        return owner

    def alive(self, run: str, now: datetime) -> bool:
        """Whether the run still holds its lock, whose life begins anew."""
        with self._database.transaction() as connection:
            mine = update(job_locks).where(job_locks.c.owner == run).values(until=now + LOCK_LIFE)
            return connection.execute(mine).rowcount == 1

    def finish(self, run: str, now: datetime, outcome: str, report: Mapping[str, Any]) -> None:
        """Puts the end of a run on record and gives the lock back."""
        with self._database.transaction() as connection:
            ended = {"outcome": outcome, "finished_at": now, "report": dict(report)}
            connection.execute(update(job_runs).where(job_runs.c.id == run).values(ended))
            connection.execute(delete(job_locks).where(job_locks.c.owner == run))

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

"""Matches as live sources tell of them: when they are, how they stand, how they ended.

Rows are only added, so that a correction does not hide what was believed before. What season files
say of a match counts before anything observed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, bindparam, func, select

from sabiscore.domain.facts import Status
from sabiscore.domain.match import match_id
from sabiscore.events.scores import ReportedScore
from sabiscore.store import renamed
from sabiscore.store.outbox import record_goals
from sabiscore.store.schedule_tables import observations
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into, parts

PLAYED = ("in_play", "finished")
"""An awarded result is nobody's goals."""
OVER = ("finished", "awarded")

_OF_MATCHES = (
    select(observations)
    .where(observations.c.match_id.in_(bindparam("ids", expanding=True)))
    .order_by(observations.c.known_at)
)
_LATER = select(observations).where(observations.c.known_at > bindparam("newest"))
_COUNT = select(
    select(func.count()).select_from(observations).scalar_subquery() + renamed.COUNT.scalar_subquery()
)
"""Of what was observed, and of what has another id since: both say when it is to be read anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What ``source`` said of a match at ``known_at``; ``day`` is the local date, goals None until known."""

    league: str
    season: str
    day: date
    home: str
    away: str
    status: Status
    source: str
    known_at: datetime
    kickoff_at: datetime | None = None
    goals: tuple[int, int] | None = None
    leg: int = 1

    @property
    def match_id(self) -> str:
        return match_id(self.league, self.season, self.home, self.away, self.leg)


class Observations:
    """The table of what was observed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: _Read | None = None
        self._kept: dict[tuple[object, ...], Mapping[str, Observation]] = {}

    def add(self, seen: Iterable[Observation]) -> list[Observation]:
        """Those of ``seen`` that tell something else than their source reported last; only they are kept."""
        given = list(seen)
        with self._database.transaction() as connection:
            last = _last(connection, [observation.match_id for observation in given])
            new = [
                observation
                for observation in given
                if _stated(observation) != _stated(last.get((observation.match_id, observation.source)))
            ]
            put = insert_into(observations, connection.dialect.name).on_conflict_do_nothing()
            for part in parts([_row(observation) for observation in new]):
                connection.execute(put, list(part))
            record_goals(connection, *_scores(new, last))
        return new

    def current(self, since: date, preferred: Sequence[str] = ()) -> Mapping[str, Observation]:
        """By match, what holds of the matches from ``since`` on; only what was added is read again.

        A match that is over counts before one in play, that before one to come; then the source that comes
        first in ``preferred`` counts, then the newest word.
        """
        name = since, *preferred
        with self._database.transaction() as connection:
            read = _read_on(connection, self._read, since)
        if read is not self._read:
            self._read, self._kept = read, {}
        if name not in self._kept:
            self._kept[name] = _best(
                (observation for observation in read.rows if observation.day >= since), preferred
            )
        return self._kept[name]

    def of(self, match_ids: Sequence[str], preferred: Sequence[str] = ()) -> Mapping[str, Observation]:
        """By match, what holds of those of ``match_ids`` that were observed, as ``current`` has it."""
        with self._database.transaction() as connection:
            return _best(_last(connection, match_ids).values(), preferred)


@dataclass(frozen=True, slots=True)
class _Read:
    """The observations of matches from ``since`` on, of ``count`` of all matches, none after ``newest``."""

    since: date
    count: int
    newest: datetime | None
    rows: tuple[Observation, ...]


def _read_on(connection: Connection, read: _Read | None, since: date) -> _Read:
    """``read`` with what was added to it; it is read anew where that does not come to what there is now."""
    count = _count(connection)
    if read is not None and read.since <= since and read.newest is not None:
        if read.count == count:
            return read
        later = connection.execute(_LATER, {"newest": read.newest}).all()
        if read.count + len(later) == _count(connection):  # now, so that none came in between
            rows = (*read.rows, *map(_observation, later))
            last = max((observation.known_at for observation in later), default=read.newest)
            kept = tuple(observation for observation in rows if observation.day >= since)
            return _Read(since, read.count + len(later), last, kept)
    newest = connection.execute(select(func.max(observations.c.known_at))).scalar()
    every = connection.execute(select(observations).where(observations.c.day >= since)).all()
    return _Read(since, count, newest, tuple(map(_observation, every)))


def _count(connection: Connection) -> int:
    return int(connection.execute(_COUNT).scalar_one())


def _best(seen: Iterable[Observation], preferred: Sequence[str]) -> dict[str, Observation]:
    rank = {source: place for place, source in enumerate(preferred)}
    latest: dict[tuple[str, str], Observation] = {}
    for observation in sorted(seen, key=lambda observation: observation.known_at):
        latest[observation.match_id, observation.source] = observation
    best: dict[str, Observation] = {}

    def order(observation: Observation) -> tuple[bool, bool, int, float]:
        place = rank.get(observation.source, len(rank))
        return (
            observation.goals is None,
            observation.status not in OVER,
            place,
            -observation.known_at.timestamp(),
        )

    for observation in sorted(latest.values(), key=order):
        best.setdefault(observation.match_id, observation)
    return best


def _last(connection: Any, ids: Sequence[str]) -> dict[tuple[str, str], Observation]:
    found: dict[tuple[str, str], Observation] = {}
    for part in parts(sorted(set(ids))):
        rows = connection.execute(_OF_MATCHES, {"ids": part})
        found |= {(row.match_id, row.source): _observation(row) for row in rows}
    return found


def _scores(
    new: Iterable[Observation], last: Mapping[tuple[str, str], Observation]
) -> tuple[list[ReportedScore], dict[str, list[tuple[int, int] | None]]]:
    """The scores that sources report now, and by match those that each reported last."""
    earlier: dict[str, list[tuple[int, int] | None]] = {}
    for observation in last.values():
        earlier.setdefault(observation.match_id, []).append(observation.goals)
    seen = []
    for observation in new:
        before = last.get((observation.match_id, observation.source))
        if observation.goals is not None and observation.status in PLAYED:
            is_over, known_goals = observation.status == "finished", before.goals if before else None
            seen.append(
                ReportedScore(
                    match_id=observation.match_id,
                    source=observation.source,
                    at=observation.known_at,
                    score=observation.goals,
                    before=known_goals,
                    is_final=is_over,
                )
            )
    return seen, earlier


def _stated(observation: Observation | None) -> object:
    return observation and (observation.day, observation.kickoff_at, observation.status, observation.goals)


def _row(observation: Observation) -> dict[str, Any]:
    home_goals, away_goals = observation.goals or (None, None)
    return {
        "match_id": observation.match_id,
        "source": observation.source,
        "known_at": observation.known_at,
        "league": observation.league,
        "season": observation.season,
        "day": observation.day,
        "kickoff_at": observation.kickoff_at,
        "home": observation.home,
        "away": observation.away,
        "leg": observation.leg,
        "status": observation.status,
        "home_goals": home_goals,
        "away_goals": away_goals,
    }


def _observation(row: Any) -> Observation:
    return Observation(
        league=row.league,
        season=row.season,
        day=row.day,
        home=row.home,
        away=row.away,
        status=cast("Status", row.status),
        source=row.source,
        known_at=row.known_at,
        kickoff_at=row.kickoff_at,
        goals=None if row.home_goals is None else (row.home_goals, row.away_goals),
        leg=row.leg,
    )

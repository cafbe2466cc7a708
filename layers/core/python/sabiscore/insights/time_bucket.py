"""The instant that a document speaks of, and how long it may be kept.

Documents say how old their numbers are, so a document that spoke of this very second could never
be kept. Time is therefore cut into steps as long as the document lives; a document speaks of the
beginning of its step, every process makes the same bytes within one step, and ``Age`` says how far
into it we are. An instant at which the content changes (kick-off, a price expiring) begins a step
of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
STALE_LIVES = 10
"""Where nothing changes, a document may serve ten lives longer: five minutes in play, 50 the day before."""
IN_PLAY = timedelta(hours=2, minutes=15)
"""From kick-off until a match is surely over."""


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """``at``: what the document speaks of. It is fresh for ``ttl_s`` seconds, ``age_s`` are gone.

    For ``swr_s`` more it may be served while a newer one is made: never past an instant at which
    the content changes.
    """

    at: datetime
    ttl_s: int
    age_s: int
    swr_s: int


def ttl_s(kickoff_at: datetime | None, now: datetime) -> int:
    """Seconds for which a document about a match may be kept: the nearer kick-off, the fewer.

    >>> at = datetime(2025, 5, 10, 12, tzinfo=UTC)
    >>> [ttl_s(at + timedelta(hours=h), at) for h in (48, 6, 1, -1, -6)]
    [300, 120, 60, 30, 300]
    """
    if kickoff_at is None:
        return 300
    left = kickoff_at - now
    if left > DAY or left < -IN_PLAY:
        return 300
    if left > 2 * HOUR:
        return 120
    return 60 if left > timedelta(0) else 30


def time_bucket(now: datetime, life: int, changes: Iterable[datetime] = ()) -> TimeBucket:
    """The step of ``life`` seconds that ``now`` lies in, cut at the instants in ``changes``.

    >>> now = datetime(2025, 5, 10, 14, 0, 50, tzinfo=UTC)
    >>> time_bucket(now, 60).at.second, time_bucket(now, 60).age_s
    (0, 50)
    >>> cut = time_bucket(now, 60, [now.replace(second=30), now.replace(minute=2, second=0)])
    >>> cut.at.second, cut.ttl_s, cut.age_s, cut.swr_s
    (30, 30, 20, 60)
    """
    seconds = int(now.timestamp())
    begin = datetime.fromtimestamp(seconds - seconds % life, UTC)
    end = begin + timedelta(seconds=life)
    limit = end + STALE_LIVES * timedelta(seconds=life)
    for change in changes:
        if begin < change <= now:
            begin = change
        elif now < change:
            end, limit = min(end, change), min(limit, change)
    whole = max(1, int((end - begin).total_seconds()))
    stale = int((limit - end).total_seconds())
    return TimeBucket(begin, whole, int((now - begin).total_seconds()), stale)

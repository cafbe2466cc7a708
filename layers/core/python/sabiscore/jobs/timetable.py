"""When each schedule runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Every:
    """From midnight UTC plus ``after`` on, again and again."""

    interval: timedelta
    after: timedelta = timedelta(0)

    def next(self, now: datetime) -> datetime:
        """The first instant after ``now``.

        >>> now = datetime(2026, 3, 28, 23, 57, 30, tzinfo=UTC)
        >>> Every(timedelta(minutes=5)).next(now).isoformat()
        '2026-03-29T00:00:00+00:00'
        >>> Every(DAY, after=timedelta(hours=2)).next(now).isoformat()
        '2026-03-29T02:00:00+00:00'
        """
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        begins = midnight - DAY + self.after
        return begins + ((now - begins) // self.interval + 1) * self.interval


TIMETABLE: Mapping[str, Every] = {
    "odds": Every(timedelta(minutes=5)),
    "stats": Every(timedelta(hours=1)),
    "calibrate": Every(timedelta(minutes=3)),
    "cleanup": Every(DAY, after=timedelta(hours=2)),
}

"""Which instant a local run pretends to live in: now, or a match week of data that has grown old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from sabiscore.domain.league import LEAGUES
from sabiscore.errors import BadSetting
from sabiscore.history import History, date_of, day_number

OLD_AFTER_DAYS = 30
"""Data whose newest match is older than this is rehearsed with, not served as the present."""
WEEK, YEAR = 7, 365
_SATURDAY_DAY_NUMBER = 2  # 1970-01-03


@dataclass(frozen=True, slots=True)
class AsOf:
    """The clock of a run: ``as_of`` aware UTC, and whether it is a rehearsal rather than the present."""

    as_of: datetime
    rehearsal: bool

    def __str__(self) -> str:
        return (
            f"rehearsal, as of {self.as_of:%Y-%m-%d}"
            if self.rehearsal
            else f"{self.as_of:%Y-%m-%d %H:%M} UTC"
        )


def choose_moment(history: History, now: datetime, as_of: date | None = None) -> AsOf:
    """The clock to run ``history`` with at ``now``, or at the start of the day ``as_of`` when given.

    The present while the newest match is at most 30 days old. Otherwise the latest Saturday, 00:00 UTC,
    with matches of every served league in the seven days from it; where there is none, of any league.

    Raises BadSetting when there is no match before the clock to learn from.
    """
    if not len(history):
        raise BadSetting("There are no matches to run with.", hint="Ingest season files first.")
    newest = int(history.day.max())
    if as_of is not None:
        moment = AsOf(_midnight(day_number(as_of)), rehearsal=as_of < now.astimezone(UTC).date())
    elif newest >= day_number(now.astimezone(UTC).date()) - OLD_AFTER_DAYS:
        moment = AsOf(now.astimezone(UTC), rehearsal=False)
    else:
        moment = AsOf(_midnight(_last_match_week(history, newest)), rehearsal=True)
    first = date_of(int(history.day.min()))
    if moment.as_of.date() <= first:
        raise BadSetting(
            f"Nothing was played before {moment.as_of:%Y-%m-%d}: the first match is of {first}.",
            hint="Choose a later date with --as-of, or give older season files too.",
        )
    return moment


def _last_match_week(history: History, newest: int) -> int:
    """The day number of the latest Saturday whose week has matches of all served leagues, else of any.

    A league without a match in the year before ``newest`` is not waited for.
    """
    recent = history.take(history.day > newest - YEAR)
    served = [index for index, league in enumerate(LEAGUES) if league.served]
    days = [np.unique(recent.day[recent.league == index]) for index in served]
    days = [played for played in days if len(played)]
    last_saturday = newest - (newest - _SATURDAY_DAY_NUMBER) % WEEK
    for saturday in range(last_saturday, int(recent.day.min()) - WEEK, -WEEK):
        if days and all(_within(played, saturday) for played in days):
            return saturday
    return last_saturday


def _within(days: npt.NDArray[np.int32], saturday: int) -> bool:
    return bool(((days >= saturday) & (days < saturday + WEEK)).any())


def _midnight(day: int) -> datetime:
    return datetime.combine(date_of(day), time(), UTC)


def week_after(moment: AsOf) -> tuple[date, date]:
    """The first and last date of the seven days from ``moment``."""
    first = moment.as_of.date()
    return first, first + timedelta(days=WEEK - 1)

"""When things happen in a football-data.co.uk file: dates, kick-offs, seasons, price collection."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")
"""The zone of every clock time in the files, whatever country the match is in."""

COLLECTED_AT = time(15, 0)
_ISO_DAY = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[T ]00:00(?::00)?)?")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")
FRIDAY, TUESDAY = 4, 1


@lru_cache(maxsize=20_000)
def read_day(text: str) -> date | None:
    """The date written day first, the year in two digits or four, or as ISO 8601; None when it is no date.

    >>> read_day("09/08/03"), read_day("2024-08-16"), read_day("31/02/2024")
    (datetime.date(2003, 8, 9), datetime.date(2024, 8, 16), None)
    """
    if found := _ISO_DAY.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    else:
        return None
    if year < 100:
        year += 1900 if year >= 90 else 2000
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=50_000)
def kickoff(day: date, text: str) -> datetime | None:
    """The instant of a UK clock time on ``day``, in UTC; None when ``text`` is no time.

    >>> kickoff(date(2024, 8, 16), "20:00").isoformat()
    '2024-08-16T19:00:00+00:00'
    """
    found = _TIME.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return datetime.combine(day, time(int(found[1]), int(found[2])), UK).astimezone(UTC)


@lru_cache(maxsize=20_000)
def priced_at(day: date) -> datetime:
    """When the prices of a match on ``day`` were collected, in UTC; never after that day.

    https://www.football-data.co.uk/notes.txt: for weekend games on Friday afternoon, for midweek
    games on Tuesday afternoon. Read here as: Friday to Monday from the Friday, Tuesday to Thursday
    from the Tuesday, at 15:00 in the UK.

    >>> priced_at(date(2024, 8, 19)).isoformat(), priced_at(date(2024, 12, 5)).isoformat()
    ('2024-08-16T14:00:00+00:00', '2024-12-03T15:00:00+00:00')
    """
    start = TUESDAY if TUESDAY <= day.weekday() < FRIDAY else FRIDAY
    back = (day.weekday() - start) % 7
    return datetime.combine(day - timedelta(days=back), COLLECTED_AT, UK).astimezone(UTC)


def season_of(day: date) -> str:
    """The season a coming match on ``day`` belongs to: seasons turn over on 1 July.

    Only for fixtures.csv, which names no season; a season file's own name decides for it.

    >>> season_of(date(2025, 6, 30)), season_of(date(2025, 7, 1))
    ('2425', '2526')
    """
    start = day.year if day.month >= 7 else day.year - 1
    return f"{start % 100:02d}{(start + 1) % 100:02d}"

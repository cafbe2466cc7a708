"""Which meeting an event is, where two teams meet more than once at one ground."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.match import Match
from sabiscore.identity.legs import Unresolved, leg_of

LATE = datetime(2032, 3, 20, 15, tzinfo=UTC)
AUTUMN = datetime(2031, 9, 20, 15, tzinfo=UTC)


def meeting(day: date, *, leg: int = 1, played: bool = True) -> Match:
    return Match(
        league="scottish-premiership",
        season="3132",
        day=day,
        home="celtic",
        away="hearts",
        leg=leg,
        goals=(1, 0) if played else None,
    )


FIRST = meeting(date(2031, 9, 20))
SECOND = meeting(date(2032, 3, 21), leg=2)
COMING = meeting(date(2032, 4, 3), leg=2, played=False)


@pytest.mark.parametrize(
    ("kickoff_at", "known", "newest", "leg"),
    [
        (LATE, [FIRST, SECOND], None, 2),
        (LATE, [FIRST, COMING], None, 2),
        (AUTUMN, [], None, 1),
        (LATE, [FIRST], date(2032, 3, 14), 2),
        (LATE, [FIRST, meeting(date(2032, 4, 10), leg=2, played=False)], None, 2),
        (LATE, [FIRST], date(2032, 2, 28), 2),
        (datetime(2031, 7, 26, 15, tzinfo=UTC), [], None, 1),
    ],
    ids=[
        "of that day, give or take one",
        "moved from a day soon after",
        "the season's first",
        "the next",
        "moved by three weeks",
        "three weeks after the newest result",
        "the season begins in July",
    ],
)
def test_a_leg_that_can_be_one_only(kickoff_at, known, newest, leg):
    assert leg_of(kickoff_at, known, 2, newest) == leg


FAR = meeting(date(2032, 5, 3), leg=2, played=False)
AGAIN = meeting(date(2032, 3, 19), leg=3)


@pytest.mark.parametrize(
    ("kickoff_at", "known", "newest", "reason"),
    [
        (None, [FIRST], None, "without a date"),
        (LATE, [SECOND, AGAIN], None, "could be two"),
        (AUTUMN, [SECOND], None, "could be two"),
        (LATE, [FIRST, FAR], None, "could be two"),
        (LATE, [FIRST, meeting(date(2031, 12, 6), leg=2)], None, "could be two"),
        (LATE, [FIRST], date(2032, 2, 1), "still ambiguous"),
        (LATE, [], None, "still ambiguous"),
        (datetime(2031, 12, 1, 15, tzinfo=UTC), [], None, "still ambiguous"),
        (LATE, [FIRST, meeting(date(2032, 4, 11), leg=2, played=False)], None, "could be two"),
        (LATE, [FIRST], date(2032, 2, 27), "still ambiguous"),
    ],
    ids=[
        "no date",
        "two meetings of that day",
        "before one that was played",
        "the coming one is far off",
        "all were played",
        "results too old to know",
        "no results at all",
        "the second round may have begun",
        "the coming one is a day too far off",
        "results a day too old to know",
    ],
)
def test_a_leg_that_could_be_two_is_none(kickoff_at, known, newest, reason):
    with pytest.raises(Unresolved, match=reason):
        leg_of(kickoff_at, known, 2, newest)

"""Which meeting of two teams an event is, where a league has several at one ground."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sabiscore.domain.match import Match

SAME_DAY = timedelta(days=1)
"""Feeds give a late match its local day or its day in UTC."""
IN_SIGHT = timedelta(days=21)
"""No meeting that no source reported fits between the newest result and a match this soon after it."""
FIRST_ROUND_ENDS = 12
"""Before this month of the season's first year nobody meets twice at one ground."""
JULY = 7


class Unresolved(Exception):
    """An event that is none of our matches for certain; the message is the reason."""


def leg_of(kickoff_at: datetime | None, known: Sequence[Match], meetings: int, newest: date | None) -> int:
    """The leg (from 1) of the event that kicks off at ``kickoff_at``; raises Unresolved when it could be two.

    ``known`` are the meetings at this ground so far, in order; ``newest`` is the day of the newest
    result of the league. Feeds count legs by date.
    """
    if kickoff_at is None:
        raise Unresolved("the leg is ambiguous without a date")
    day = kickoff_at.date()
    same = [match for match in known if abs(match.day - day) <= SAME_DAY]
    if len(same) == 1:
        return same[0].leg
    coming = [match for match in known if match.goals is None]
    played = [match for match in known if match.goals is not None]
    if same or any(match.day >= day for match in played):
        raise Unresolved("the leg could be two")
    if len(coming) == 1 and coming[0].day - day <= IN_SIGHT:
        return coming[0].leg  # it was moved
    if coming or len(played) >= meetings:
        raise Unresolved("the leg could be two")
    early = not played and JULY <= day.month < FIRST_ROUND_ENDS
    if early or (newest is not None and day - newest <= IN_SIGHT):
        return len(played) + 1
    raise Unresolved("the leg is still ambiguous")

"""What the clock alone says of a match, and why nothing is known of its past: without a document's types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sabiscore.domain.match import Match
from sabiscore.insights.time_bucket import IN_PLAY

if TYPE_CHECKING:
    from sabiscore.publication.matchday import Matchday

NOT_SEALED = "Predictions are sealed within a day of kick-off, and none of this match was."
PAST_UNREADABLE = "What sources last said of matches and what was sealed cannot be read."


def not_sealed(matchday: Matchday) -> str:
    """Why no seal of a match is known that has none in ``matchday``."""
    return NOT_SEALED if matchday.readable else PAST_UNREADABLE


def utc_day(match: Match) -> date:
    """The UTC day of the kick-off; the feed's own day where no time is known."""
    return match.kickoff_at.astimezone(UTC).date() if match.kickoff_at is not None else match.day


def instants_of_change(match: Match) -> Iterator[datetime]:
    """When what is said of the state changes by itself: kick-off, and when the match must be over."""
    if match.kickoff_at is not None:
        yield match.kickoff_at
        yield match.kickoff_at + IN_PLAY


def is_in_play(match: Match, at: datetime) -> bool:
    """Whether ``match`` may be on ``at`` that instant, by its kick-off."""
    return match.kickoff_at is not None and match.kickoff_at <= at < match.kickoff_at + IN_PLAY


def has_begun(match: Match, at: datetime) -> bool:
    """Whether ``match`` is on or over by its kick-off; where no time is known, whether its day is over."""
    if match.kickoff_at is not None:
        return match.kickoff_at <= at
    return match.day < at.astimezone(UTC).date()

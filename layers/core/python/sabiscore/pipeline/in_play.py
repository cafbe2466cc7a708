"""Scores while matches are played: ``cron/odds`` hears them, since it runs every five minutes.

Only leagues with a match in play are asked for, each by one call, and only of sources that tell scores in
play. They are calm calls, whatever is at stake: where a counted source stands in for the one that nobody
counts, its plan says how often (net.quota), and what is kept for urgent calls stays. What is heard is
observed as results are; what follows from a final whistle is ``cron/stats``' work.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sabiscore.domain.match import Match
from sabiscore.identity.rosters import KnownMatches
from sabiscore.insights.time_bucket import IN_PLAY
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.run import JobRun
from sabiscore.pipeline.observing import ObservedCounts, observe
from sabiscore.sources.base import Wanted


def hear_scores(desk: JobContext, turn: JobRun, calendar: KnownMatches) -> ObservedCounts:
    """Asks how the matches in play stand; goals are told at once, whatever else the run has to wait for."""
    wanted = in_play(calendar.matches, desk.now())
    if wanted is None:
        return ObservedCounts()
    told = observe(desk, calendar, wanted)
    if told.new:
        turn.tell()
    return told


def in_play(matches: Iterable[Match], now: datetime) -> Wanted | None:
    """The scores of the leagues that have a match in play at ``now``, of the days these began on.

    None where nothing is played. A match is in play from its kick-off until it is known to be over, or
    surely is.
    """
    begun = now - IN_PLAY
    on = [
        (match.league, match.kickoff_at.astimezone(UTC).date())
        for match in matches
        if match.kickoff_at is not None and begun < match.kickoff_at <= now and match.goals is None
    ]
    if not on:
        return None
    days = [day for _, day in on]
    leagues = tuple(sorted({league for league, _ in on}))
    return Wanted(frozenset({"scores"}), leagues, min(days), max(days))

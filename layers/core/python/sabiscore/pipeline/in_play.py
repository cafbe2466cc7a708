"""Scores while matches are played, asked for by ``cron/odds``, which runs every five minutes.

Only leagues with a match in play are asked for, each by one call, and only of sources that give scores in
play. The calls are calm ones: a counted source that stands in for the free one is asked as often as its
quota plan allows (net.quota), and what the plan reserves for urgent calls stays reserved.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sabiscore.clock import Clock
from sabiscore.domain.match import Match
from sabiscore.identity.rosters import KnownMatches
from sabiscore.insights.time_bucket import IN_PLAY
from sabiscore.pipeline.fact_sources import FactSources
from sabiscore.pipeline.observing import ObservedCounts, observe
from sabiscore.sources.base import Wanted
from sabiscore.store.observations import Observations


def observe_scores(
    calendar: KnownMatches, *, sources: FactSources, observations: Observations, clock: Clock
) -> ObservedCounts:
    """Asks for the scores of the matches in play and stores them; nothing is asked while none is in play."""
    wanted = in_play(calendar.matches, clock.now())
    if wanted is None:
        return ObservedCounts()
    return observe(wanted, calendar, sources=sources, observations=observations, clock=clock)


def in_play(matches: Iterable[Match], now: datetime) -> Wanted | None:
    """The scores of the leagues that have a match in play at ``now``, of the days they kicked off on.

    None when nothing is in play. A match is in play from its kick-off until its result is known, or until
    it must be over.
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

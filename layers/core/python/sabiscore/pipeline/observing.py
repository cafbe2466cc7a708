"""From the facts of sources to observations of matches in the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sabiscore.clock import Clock
from sabiscore.domain.facts import Event, Result
from sabiscore.domain.match import Match
from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.identity.legs import SAME_DAY
from sabiscore.identity.match_ids import identity_of
from sabiscore.identity.resolve import Resolved
from sabiscore.identity.rosters import KnownMatches
from sabiscore.pipeline.fact_sources import FactSources
from sabiscore.sources.base import Wanted
from sabiscore.store.observations import Observation, Observations

OVER_BY = timedelta(hours=1, minutes=40)
"""No match is over sooner after its kick-off."""


@dataclass(frozen=True, slots=True)
class ObservedCounts:
    """The leagues asked for, how many observations are new, which sources answered, and problems.

    ``not_yet`` are the sources that have published nothing yet, which is no failure of theirs.
    """

    leagues: tuple[str, ...] = ()
    new: int = 0
    sources: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    not_yet: tuple[str, ...] = ()


def observe(
    wanted: Wanted, calendar: KnownMatches, *, sources: FactSources, observations: Observations, clock: Clock
) -> ObservedCounts:
    """Asks ``sources`` for ``wanted`` and stores what is new about matches of ours.

    Observations are dated by ``clock`` after the sources have answered.
    """
    gathered = sources.gather(wanted)
    resolved = match_events(gathered, calendar, sources.records)
    new = observations.add(observed(gathered, resolved, calendar, clock.now()))
    missing = [] if gathered.nothing_yet else [f"No {kind} of {league}." for kind, league in gathered.missing]
    return ObservedCounts(
        leagues=wanted.leagues,
        new=len(new),
        sources=frozenset(provenance.source for provenance in gathered.won.values()),
        problems=(*gathered.problems, *missing),
        not_yet=tuple(gathered.not_yet),
    )


def observed(
    gathered: FetchedFacts, resolved: Mapping[str, Resolved], calendar: KnownMatches, now: datetime
) -> list[Observation]:
    """An observation of each match of ours in ``gathered``, one a source, as known at ``now``.

    A result that came before the match can have ended is left out.
    """
    observations: list[Observation] = []
    for source, replies in sorted(gathered.replies.items()):
        ids = resolved[source].matches if source in resolved else {}
        results = {fact.event: fact for reply in replies for fact in reply.of(Result)}
        events = {event.id: event for reply in replies for event in reply.events if event.id in ids}
        for event in events.values():
            match_id = ids[event.id]
            match = calendar.by_id.get(match_id) or _announced(match_id, event, calendar.rosters)
            if match is not None:
                observations += _observation(source, match, event, results.get(event.id), now)
    return observations


def _announced(
    match_id: str, event: Event, rosters: Mapping[tuple[str, str], frozenset[str]]
) -> Match | None:
    """A match that only this event announces."""
    identity = identity_of(match_id, rosters)
    if identity is None or event.kickoff_at is None:
        return None
    return Match(
        league=identity.league,
        season=identity.season,
        day=event.kickoff_at.date(),
        home=identity.home,
        away=identity.away,
        leg=identity.leg,
    )


def _observation(
    source: str, match: Match, event: Event, result: Result | None, now: datetime
) -> Iterator[Observation]:
    status = result.status if result else "scheduled"
    kickoff_at = event.kickoff_at or match.kickoff_at
    if status == "finished" and kickoff_at is not None and now < kickoff_at + OVER_BY:
        return  # a match that ended before it can have ended: a wrong feed, or a wrong clock
    yield Observation(
        league=match.league,
        season=match.season,
        day=_day(match, event.kickoff_at),
        home=match.home,
        away=match.away,
        status=status,
        source=source,
        known_at=now,
        kickoff_at=kickoff_at,
        goals=result.goals if result else None,
        leg=match.leg,
    )


def _day(match: Match, kickoff_at: datetime | None) -> date:
    if kickoff_at is None or abs(kickoff_at.date() - match.day) <= SAME_DAY:
        return match.day
    return kickoff_at.date()

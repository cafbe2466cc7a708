"""From what sources say of matches to observations in the store, whichever schedule asks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sabiscore.domain.facts import Event, Result
from sabiscore.domain.match import Match
from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.identity.legs import SAME_DAY
from sabiscore.identity.match_ids import identity_of
from sabiscore.identity.resolve import Resolved
from sabiscore.identity.rosters import KnownMatches
from sabiscore.jobs.context import JobContext
from sabiscore.sources.base import Wanted
from sabiscore.store.observations import Observation

OVER_BY = timedelta(hours=1, minutes=40)
"""No match is over sooner after its kick-off."""


@dataclass(frozen=True, slots=True)
class ObservedCounts:
    """Which leagues were asked for, how many observations were new, who told, and what went wrong.

    ``not_yet`` are the sources whose documents are not published yet: no failure of theirs.
    """

    leagues: tuple[str, ...] = ()
    new: int = 0
    sources: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    not_yet: tuple[str, ...] = ()


def observe(desk: JobContext, calendar: KnownMatches, wanted: Wanted) -> ObservedCounts:
    """Asks for ``wanted``, and keeps what is new of matches that are ours, with the goals in it."""
    gathered = desk.sources.gather(wanted)
    resolved = match_events(gathered, calendar, desk.sources.records)
    new = desk.observations.add(observed(gathered, resolved, calendar, desk.now()))
    missing = [] if gathered.nothing_yet else [f"No {kind} of {league}." for kind, league in gathered.missing]
    sources = frozenset(one.source for one in gathered.won.values())
    problems = (*gathered.problems, *missing)
    return ObservedCounts(wanted.leagues, len(new), sources, problems, tuple(gathered.not_yet))


def observed(
    gathered: FetchedFacts, resolved: Mapping[str, Resolved], known: KnownMatches, now: datetime
) -> list[Observation]:
    """What each source says of matches that are ours, as known at ``now``."""
    found: list[Observation] = []
    for source, replies in sorted(gathered.replies.items()):
        ids = resolved[source].matches if source in resolved else {}
        results = {fact.event: fact for reply in replies for fact in reply.of(Result)}
        events = {event.id: event for reply in replies for event in reply.events if event.id in ids}
        for event in events.values():
            match = known.by_id.get(ids[event.id]) or _announced(ids[event.id], event, known.rosters)
            if match is not None:
                found += _observation(source, match, event, results.get(event.id), now)
    return found


def _announced(
    match_id: str, event: Event, rosters: Mapping[tuple[str, str], frozenset[str]]
) -> Match | None:
    """A match that only this event tells of."""
    one = identity_of(match_id, rosters)
    if one is None or event.kickoff_at is None:
        return None
    return Match(one.league, one.season, event.kickoff_at.date(), one.home, one.away, one.leg)


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

"""Expected goals → our matches, by teams and day, whatever their source has otherwise.

Understat now and then exchanges home and away, and has some kick-offs an hour late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sabiscore.domain.facts import Event, ExpectedGoals, Result
from sabiscore.domain.match import Match
from sabiscore.identity.legs import SAME_DAY
from sabiscore.identity.resolve import Resolved, resolve
from sabiscore.identity.rosters import KnownMatches
from sabiscore.sources.base import Reply

Goals = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MatchedGoals:
    """The expected goals of both sides of a match of ours.

    ``swapped``: its source had home and away exchanged · ``moved``: it had another kick-off.
    """

    match: Match
    home: float
    away: float
    swapped: bool
    moved: bool


def matched_goals(
    source: str, replies: Sequence[Reply], resolved: Resolved, known: KnownMatches
) -> list[MatchedGoals]:
    """The expected goals in the ``replies`` of ``source`` whose match is ``known``, each match once."""
    facts = {fact.event: fact for reply in replies for fact in reply.of(ExpectedGoals)}
    events = {event.id: event for reply in replies for event in reply.events if event.id in facts}
    goals = {fact.event: fact.goals for reply in replies for fact in reply.of(Result)}
    straight = {
        key: known.by_id[own] for key, own in resolved.matches.items() if key in events and own in known.by_id
    }
    refused = [events[key] for key in resolved.refused if key in events]
    swapped = swapped_matches(source, refused, goals, known)
    found: dict[str, MatchedGoals] = {}
    for key, match in (*straight.items(), *swapped.items()):
        made = _matched(match, events[key], facts[key], swapped=key in swapped)
        found.setdefault(match.id, made)
    return list(found.values())


def _matched(match: Match, event: Event, fact: ExpectedGoals, *, swapped: bool) -> MatchedGoals:
    home, away = (fact.away, fact.home) if swapped else (fact.home, fact.away)
    moved = match.kickoff_at is not None and match.kickoff_at != event.kickoff_at
    return MatchedGoals(match, home, away, swapped, moved)


def swapped_matches(
    source: str, events: Iterable[Event], goals: Mapping[str, Goals | None], known: KnownMatches
) -> dict[str, Match]:
    """By the id of those of ``events`` that are a match with home and away exchanged, that match.

    It must be known for that day at the other ground, and the event's ``goals`` (home, away as its source
    has them) must be the result the other way round, where both are known.
    """
    dated = {event.id: event for event in events if event.kickoff_at is not None}
    if not dated:
        return {}
    turned = [replace(event, home=event.away, away=event.home) for event in dated.values()]
    found = resolve(source, turned, known.rosters, known.fixtures).matches
    return dict(_fitting(found, dated, goals, known))


def _fitting(
    found: Mapping[str, str],
    events: Mapping[str, Event],
    goals: Mapping[str, Goals | None],
    known: KnownMatches,
) -> Iterator[tuple[str, Match]]:
    for key, match_id in found.items():
        match, at, xg = known.by_id.get(match_id), events[key].kickoff_at, goals.get(key)
        if match is None or at is None or abs(match.day - at.date()) > SAME_DAY:
            continue
        if xg is None or match.goals is None or match.goals == xg[::-1]:
            yield key, match

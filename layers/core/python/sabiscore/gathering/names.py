"""Which of our matches the gathered events are; names that no team has are recorded, to be given an alias."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from sabiscore.domain.match import Match
from sabiscore.gathering.gather import Gathered
from sabiscore.gathering.record import Records
from sabiscore.sources.resolve import Fixtures, Resolved, resolve
from sabiscore.sources.teams import Rosters


class Known:
    """Matches that are known, played or to come, with what is asked of all of them again and again."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self.matches = tuple(matches)

    @cached_property
    def by_id(self) -> Mapping[str, Match]:
        return {match.id: match for match in self.matches}

    @cached_property
    def rosters(self) -> Rosters:
        """The teams of every league and season that they tell of."""
        return rosters_of(self.matches)

    @cached_property
    def fixtures(self) -> Fixtures:
        return Fixtures(self.matches)


def rosters_of(matches: Iterable[Match]) -> Rosters:
    """The teams of every league and season that ``matches`` tell of."""
    teams: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for match in matches:
        teams[match.league, match.season] |= {match.home, match.away}
    return {season: frozenset(of) for season, of in teams.items()}


def match_events(gathered: Gathered, known: Known, records: Records) -> Mapping[str, Resolved]:
    """Source → which of our matches its events are, by those that are ``known``; its record says what is not.

    Events of leagues and seasons of which nothing is known are left out: nobody could match them.
    """
    leagues = {league for league, _ in known.rosters}
    found = {}
    for name, replies in gathered.replies.items():
        events = {event.id: event for reply in replies for event in reply.events if event.league in leagues}
        if events:
            found[name] = resolve(name, events.values(), known.rosters, known.fixtures)
            records.unmatched(name, [one.alias_line for one in found[name].unmatched])
    return found

"""Which of our matches the gathered events are; names that no team has are recorded, to be given an alias."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sabiscore.domain.match import Match
from sabiscore.gathering.gather import Gathered
from sabiscore.gathering.record import Records
from sabiscore.sources.resolve import Resolved, resolve
from sabiscore.sources.teams import Rosters


def rosters_of(matches: Iterable[Match]) -> Rosters:
    """The teams of every league and season that ``matches`` tell of."""
    teams: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for match in matches:
        teams[match.league, match.season] |= {match.home, match.away}
    return {season: frozenset(of) for season, of in teams.items()}


def match_events(gathered: Gathered, known: Sequence[Match], records: Records) -> Mapping[str, Resolved]:
    """Source → which of our matches its events are, by the matches ``known``; its record says what is not.

    Events of leagues and seasons of which nothing is known are left out: nobody could match them.
    """
    rosters = rosters_of(known)
    leagues = {league for league, _ in rosters}
    told = {
        event.league for replies in gathered.replies.values() for reply in replies for event in reply.events
    }
    of_these = [match for match in known if match.league in told]
    found = {}
    for name, replies in gathered.replies.items():
        events = {event.id: event for reply in replies for event in reply.events if event.league in leagues}
        if events:
            found[name] = resolve(name, events.values(), rosters, of_these)
            records.unmatched(name, [one.alias_line for one in found[name].unmatched])
    return found

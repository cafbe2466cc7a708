"""Which of our matches the gathered events are; names that no team has are recorded, to be given an alias."""

from __future__ import annotations

from collections.abc import Mapping

from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.identity.resolve import Resolved, resolve
from sabiscore.identity.rosters import KnownMatches


def match_events(
    gathered: FetchedFacts, known: KnownMatches, records: SourceHealth
) -> Mapping[str, Resolved]:
    """Source → which of our matches its events are, by those that are ``known``; its record says what is not.

    Events of leagues and seasons of which nothing is known are left out: nobody could match them.
    """
    leagues = {league for league, _ in known.rosters}
    found = {}
    for name, replies in gathered.replies.items():
        events = {event.id: event for reply in replies for event in reply.events if event.league in leagues}
        if events:
            found[name] = resolve(name, events.values(), known.rosters, known.fixtures)
            records.unmatched(name, [unmatched.alias_line for unmatched in found[name].unmatched])
    return found

"""Which clubs play in a league and season, and the matches that say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from sabiscore.domain.match import Match
from sabiscore.identity.resolve import Fixtures
from sabiscore.identity.teams import Rosters


class KnownMatches:
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

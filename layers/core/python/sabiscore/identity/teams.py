"""Which team a provider means by a name, among those of one league and season; never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.identity.names import Names
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import TABLES

Rosters = Mapping[tuple[str, str], frozenset[str]]
"""(league key, season) → the slugs of the teams that play in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A name that no team of its league and season has, and what to do about it."""

    provider: str
    league: str
    season: str
    name: str
    reason: str
    candidates: tuple[str, ...] = ()

    @property
    def alias_line(self) -> str:
        """What to write below ``[country]`` in the provider's alias table, once a person has checked it.

        >>> Unmatched(
        ...     provider="espn.com", league="epl", season="2526", name="Sheff Wed", reason="unknown",
        ...     candidates=("sheffield-weds",),
        ... ).alias_line
        'sheff-wed = "sheffield-weds"  # aliases/espn.toml [england]; also possible: -'
        """
        best = self.candidates[0] if self.candidates else "…"
        others = ", ".join(self.candidates[1:]) or "-"
        file = TABLES[self.provider]
        country = LEAGUE_BY_KEY[self.league].country
        return f'{slug(self.name)} = "{best}"  # aliases/{file}.toml [{country}]; also possible: {others}'


class Teams:
    """Finds the teams of one provider; ``rosters`` hold every league and season that is known."""

    def __init__(self, provider: str, rosters: Rosters) -> None:
        if provider not in TABLES:
            raise ValueError(f"{provider} has no table of names")
        self.provider = provider
        self.rosters = rosters
        self._found: dict[tuple[str, str, str], str | Unmatched] = {}
        self._names: dict[str, Names] = {}

    def find(self, league: str, season: str, name: str) -> str | Unmatched:
        """The slug of the team called ``name`` in ``league`` and ``season``, or why there is none."""
        key = league, season, name
        if key not in self._found:
            self._found[key] = self._look_up(league, season, name)
        return self._found[key]

    def _look_up(self, league: str, season: str, name: str) -> str | Unmatched:
        roster = self.rosters.get((league, season))
        if roster is None:
            return Unmatched(
                provider=self.provider,
                league=league,
                season=season,
                name=name,
                reason="no teams are known of this season",
            )
        names = self._names_of(LEAGUE_BY_KEY[league].country)
        meant, why = names.meant(slug(name), roster)
        if meant is None:
            near = names.nearest(slug(name), roster)
            return Unmatched(
                provider=self.provider, league=league, season=season, name=name, reason=why, candidates=near
            )
        return meant

    def _names_of(self, country: str) -> Names:
        if country not in self._names:
            known = {
                team
                for (league, _), roster in self.rosters.items()
                if LEAGUE_BY_KEY[league].country == country
                for team in roster
            }
            self._names[country] = Names(self.provider, country, known)
        return self._names[country]

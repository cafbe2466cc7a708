"""Which team a provider means by a name, among those of one league and season; never a guess.

A name is understood when it is our slug, when a table says what it means, or when it is one of these but
for words that tell nothing (FC, a year, a transliteration) and no other club we know could be meant by it.
Likeness alone is never enough: Reggina and Reggiana, or AEK and AEL, differ by one letter.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sabiscore.domain.league import BY_KEY
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import TABLES, spellings

Rosters = Mapping[tuple[str, str], frozenset[str]]
"""(league key, season) → the slugs of the teams that play in it."""

Form = tuple[str, str]
"""A spelling's slug, and the slug of the club it means."""

CANDIDATES = 3

TELLS_NOTHING = frozenset(
    {
        "fc", "afc", "cf", "ac", "as", "sc", "ssc", "ss", "us", "ud", "cd", "sd", "rc", "rcd", "ad", "ce",
        "sv", "vfb", "vfl", "vfr", "tsg", "fsv", "ssv", "spvgg", "tsv", "bsc", "ksv", "fk", "sk", "jk", "kv",
        "krc", "kaa", "rsc", "rfc", "ksc", "kvc", "kas", "ogc", "aj", "ea", "sm", "fco", "bc", "cfc", "acf",
        "calcio", "futbol", "football", "futebol", "foot", "club", "clube", "de", "do", "da", "del", "di",
        "the", "e", "and", "y", "04", "05", "06", "07", "29", "63", "96", "98", "1846", "1848", "1899",
        "1900", "1904", "1905", "1907", "1908", "1909", "1910", "1911", "1912", "1913", "1919", "1928",
        "1929", "1936", "1964", "sad", "spa",
    }
)  # fmt: skip
"""Left out when two names are compared. CA and SG are not among them: CA Bastia
was not SC Bastia, nor is Paris SG Paris FC. The order of words stays: Bilbao Athletic is a second team."""


@dataclass(frozen=True, slots=True)
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

        >>> Unmatched("espn.com", "epl", "2526", "Sheff Wed", "unknown", ("sheffield-weds",)).alias_line
        'sheff-wed = "sheffield-weds"  # aliases/espn.toml [england]; also possible: -'
        """
        best = self.candidates[0] if self.candidates else "…"
        others = ", ".join(self.candidates[1:]) or "-"
        file = TABLES[self.provider]
        country = BY_KEY[self.league].country
        return f'{slug(self.name)} = "{best}"  # aliases/{file}.toml [{country}]; also possible: {others}'


class Teams:
    """Finds the teams of one provider; ``rosters`` hold every league and season that is known."""

    def __init__(self, provider: str, rosters: Rosters) -> None:
        if provider not in TABLES:
            raise ValueError(f"{provider} has no table of names")
        self.provider = provider
        self.rosters = rosters
        self._found: dict[tuple[str, str, str], str | Unmatched] = {}
        self._tables: dict[str, Mapping[str, str]] = {}
        self._cores: dict[str, Mapping[str, frozenset[Form]]] = {}

    def find(self, league: str, season: str, name: str) -> str | Unmatched:
        """The slug of the team called ``name`` in ``league`` and ``season``, or why there is none."""
        key = league, season, name
        if key not in self._found:
            self._found[key] = self._look_up(league, season, name)
        return self._found[key]

    def _look_up(self, league: str, season: str, name: str) -> str | Unmatched:
        roster = self.rosters.get((league, season))
        if roster is None:
            return Unmatched(self.provider, league, season, name, "no teams are known of this season")
        meant, why = self._meant(BY_KEY[league].country, roster, slug(name))
        if meant is None:
            near = self._nearest(BY_KEY[league].country, roster, slug(name))
            return Unmatched(self.provider, league, season, name, why, near)
        return meant

    def _meant(self, country: str, roster: frozenset[str], word: str) -> tuple[str | None, str]:
        table = self._table(country)
        hits = {team for team in (word, table.get(word)) if team in roster}
        if len(hits) == 1:
            return hits.pop(), ""
        if hits:
            return None, "it could mean two teams"
        if word in table:
            return None, f"it means {table[word]}, which is not in this league and season"
        return self._by_what_tells(country, roster, word)

    def _by_what_tells(self, country: str, roster: frozenset[str], word: str) -> tuple[str | None, str]:
        """The club of which a spelling is ``word`` without words that tell nothing."""
        forms = self._by_core(country).get(core(word), frozenset())
        clubs = {club for _, club in forms}
        if len(clubs) > 1:
            return None, "it could mean two clubs"
        # Words may be left out of the name, not of the spelling: "Paris" alone is not Paris FC.
        if not any(set(form.split("-")) <= set(word.split("-")) for form, _ in forms):
            return None, "no table knows it"
        (club,) = clubs
        if club not in roster:
            return None, f"it means {club}, which is not in this league and season"
        return club, ""

    def _table(self, country: str) -> Mapping[str, str]:
        """Every spelling of a club of the country."""
        if country not in self._tables:
            self._tables[country] = spellings(self.provider, country, frozenset(self._known(country)))
        return self._tables[country]

    def _by_core(self, country: str) -> Mapping[str, frozenset[Form]]:
        """What is left of every spelling and slug of the country → those, and the clubs they mean."""
        if country not in self._cores:
            table = self._table(country)
            forms = {*table.items(), *((team, table.get(team, team)) for team in self._known(country))}
            cores: defaultdict[str, set[Form]] = defaultdict(set)
            for word, club in forms:
                cores[core(word)].add((word, club))
            cores.pop("", None)
            self._cores[country] = {word: frozenset(found) for word, found in cores.items()}
        return self._cores[country]

    def _known(self, country: str) -> set[str]:
        return {
            team
            for (league, _), roster in self.rosters.items()
            if BY_KEY[league].country == country
            for team in roster
        }

    def _nearest(self, country: str, roster: frozenset[str], word: str) -> tuple[str, ...]:
        """The teams of the roster whose spellings look most like ``word``, for a person to choose from."""
        forms = {form: team for form, team in self._table(country).items() if team in roster}
        forms |= {team: team for team in roster}
        near = difflib.get_close_matches(word[:80], sorted(forms), n=3 * CANDIDATES, cutoff=0.5)
        return tuple(dict.fromkeys(forms[form] for form in near))[:CANDIDATES]


@cache
def core(word: str) -> str:
    """The words of a slug that tell clubs apart, in their order, with German transliterations made one.

    >>> core("1-fc-nuernberg"), core("fc-internazionale-milano"), core("real-madrid-b")
    ('1 nurnberg', 'internazionale milano', 'real madrid b')
    """
    parts = [part for part in word.split("-") if part not in TELLS_NOTHING]
    folded = " ".join(parts)
    for pair, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        folded = folded.replace(pair, letter)
    return folded

"""What a name means among the clubs of one country; never a guess.

A name is understood when it is our slug, when a table says what it means, or when it is one of these but
for words that tell nothing (FC, a year, a transliteration) and no other club we know could be meant by it.
Likeness alone is never enough: Reggina and Reggiana, or AEK and AEL, differ by one letter.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache

from sabiscore.identity.clubs import clubs_of
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import spans, spellings

Form = tuple[str, str]
"""A spelling's slug, and the slug of the club it means."""

CANDIDATES = 3
_YEAR = re.compile(r"18[5-9]\d|19\d\d|20[0-2]\d")

TELLS_NOTHING = frozenset(
    {
        "fc", "afc", "cf", "ac", "as", "sc", "ssc", "ss", "us", "ud", "cd", "sd", "rc", "rcd", "ad", "ce",
        "sv", "vfb", "vfl", "vfr", "tsg", "fsv", "ssv", "spvgg", "tsv", "bsc", "ksv", "fk", "sk", "jk", "kv",
        "krc", "kaa", "rsc", "rfc", "ksc", "kvc", "kas", "ogc", "aj", "ea", "sm", "fco", "bc", "cfc", "acf",
        "calcio", "futbol", "football", "futebol", "foot", "club", "clube", "de", "do", "da", "del", "di",
        "the", "e", "and", "y", "04", "05", "06", "07", "29", "63", "96", "98", "sad", "spa", "kulubu",
    }
)  # fmt: skip
"""Left out when two names are compared. CA and SG are not among them: CA Bastia
was not SC Bastia, nor is Paris SG Paris FC. The order of words stays: Bilbao Athletic is a second team."""


class Names:
    """The names of the clubs of ``country`` as ``provider`` writes them (READERS: as anybody may).

    ``known`` are clubs beside those of clubs.toml.
    """

    def __init__(self, provider: str, country: str, known: Collection[str] = ()) -> None:
        self.country = country
        self.clubs = clubs_of(country) | frozenset(known)
        self.table = spellings(provider, country)
        self._by_core = _by_core(self.table, [club for club in self.clubs if spans(club, country, None)])

    def meant(self, word: str, among: Collection[str]) -> tuple[str | None, str]:
        """The club of ``among`` that the slug ``word`` means, and the reason where it is none."""
        hits = {team for team in (word, self.table.get(word)) if team in among}
        if len(hits) == 2 and not spans(word, self.country, None):
            hits.discard(word)
        if len(hits) == 1:
            return hits.pop(), ""
        if hits:
            return None, "it could mean two teams"
        if word in self.table:
            return None, f"it means {self.table[word]}, which is not in this league and season"
        return self._by_what_tells(word, among)

    def club(self, name: str, season: str | None = None) -> str | None:
        """The club of the country that ``name`` means in ``season`` (None for today); None when unknown."""
        word = slug(name)
        if word in self.clubs and spans(word, self.country, season):
            return word
        return self.table.get(word) or self._by_what_tells(word, self.clubs)[0]

    def nearest(self, word: str, among: Collection[str]) -> tuple[str, ...]:
        """The clubs of ``among`` whose spellings look most like ``word``, for a person to choose from."""
        forms = {form: team for form, team in self.table.items() if team in among}
        forms |= {team: team for team in among}
        near = difflib.get_close_matches(word[:80], sorted(forms), n=3 * CANDIDATES, cutoff=0.5)
        return tuple(dict.fromkeys(forms[form] for form in near))[:CANDIDATES]

    def forms(self, club: str) -> Iterator[str]:
        """Every spelling that means ``club``, as slugs."""
        yield club
        yield from (word for word, team in self.table.items() if team == club)

    def _by_what_tells(self, word: str, among: Collection[str]) -> tuple[str | None, str]:
        """The club of which a spelling is ``word`` without words that tell nothing."""
        forms = self._by_core.get(core(word), frozenset())
        if len({club for _, club in forms}) > 1:
            return None, "it could mean two clubs"
        # Words may be left out of the name, not of the spelling: "Paris" alone is not Paris FC.
        if not any(_words(form) <= _words(word) for form, _ in forms):
            return None, "no table knows it"
        club = next(iter(forms))[1]
        if club not in among:
            return None, f"it means {club}, which is not in this league and season"
        return club, ""


def _by_core(table: Mapping[str, str], clubs: Collection[str]) -> Mapping[str, frozenset[Form]]:
    """What is left of every spelling and slug → those, and the clubs they mean."""
    cores: defaultdict[str, set[Form]] = defaultdict(set)
    for word, club in {*table.items(), *((club, table.get(club, club)) for club in clubs)}:
        cores[core(word)].add((word, club))
    cores.pop("", None)
    return {word: frozenset(found) for word, found in cores.items()}


@cache
def core(word: str) -> str:
    """The words of a slug that tell clubs apart, in their order, with German transliterations made one.

    >>> core("1-fc-nuernberg"), core("f-c-internazionale-milano"), core("real-madrid-b")
    ('1 nurnberg', 'internazionale milano', 'real madrid b')
    """
    folded = " ".join(part for part in _joined(word) if _tells(part))
    for pair, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        folded = folded.replace(pair, letter)
    return folded


def _tells(word: str) -> bool:
    """False for what is left out: words of TELLS_NOTHING, and the year of a foundation (1860 is a name)."""
    return word not in TELLS_NOTHING and (word == "1860" or not _YEAR.fullmatch(word))


def _words(word: str) -> set[str]:
    return set(_joined(word))


def _joined(word: str) -> list[str]:
    """The words of a slug, initials that stood between dots as one: F.C. is FC.

    A letter alone says something (the B of a second team).
    """
    words: list[str] = []
    run = ""
    for part in (*word.split("-"), ""):
        if len(part) == 1 and part.isalpha():
            run += part
            continue
        words += [run, part] if run else [part]
        run = ""
    return [piece for piece in words if piece]


@cache
def names_of(provider: str, country: str) -> Names:
    """The names of ``country`` as ``provider`` writes them, made once."""
    return Names(provider, country)


@lru_cache(maxsize=20_000)
def team_slug(name: str, country: str, season: str | None = None) -> str:
    """The slug of the club that a season file calls ``name`` in ``country``; that of ``name`` for a new one.

    >>> team_slug("Sparta", "netherlands"), team_slug("Atl. Madrid", "spain"), team_slug("Newtown", "england")
    ('sparta-rotterdam', 'ath-madrid', 'newtown')
    """
    return names_of("football-data.co.uk", country).club(name, season) or slug(name)

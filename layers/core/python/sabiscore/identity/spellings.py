"""Every spelling of a club that we have written down, for one provider and country."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from sabiscore.domain.match import season_start_year
from sabiscore.identity.clubs import clubs, clubs_of
from sabiscore.identity.slugs import slug

FOOTBALL_DATA = "football_data"
READERS = "readers"
"""Whoever types a name: every provider's spelling is understood of them, and nicknames."""

TABLES: Mapping[str, str] = {
    "the-odds-api.com": "the_odds_api",
    "api-football.com": "api_football",
    "api-football (RapidAPI)": "api_football",
    "espn.com": "espn",
    "betfair.com": "betfair",
    "pinnacle.com": "pinnacle",
    "understat.com": "understat",
    "football-data.co.uk": FOOTBALL_DATA,
    "fbref.com": "fbref",
    "opta": "opta",
    "transfermarkt.com": "transfermarkt",
}
"""Provider → its table in the folder aliases. That of football-data.co.uk, whose names are ours, is
understood of everybody."""


@cache
def table(name: str) -> Mapping[str, Mapping[str, str]]:
    """One provider's table: country → slug of a spelling → our slug."""
    return _read(f"{name}.toml")


@cache
def common(country: str) -> Mapping[str, str]:
    """Slug of a spelling that any provider may use → our slug."""
    by_club: Mapping[str, list[str]] = _read("spellings.toml").get(country, {})
    return {slug(spelling): team for team, spellings in by_club.items() for spelling in spellings}


@cache
def reused(country: str) -> Mapping[str, str]:
    """Slug that meant another club up to a season → that season; since then a table says what it means."""
    last: Mapping[str, str] = _read("reused.toml").get(country, {})
    return last


def spellings(provider: str, country: str) -> Mapping[str, str]:
    """Slug of a spelling → our slug: what ``provider`` alone writes before what all of them may.

    The names in teams.toml tell no country: those of clubs of this one are taken.

    >>> spellings("betfair.com", "england")["c-palace"]
    'crystal-palace'
    """
    own = _readers(country) if provider == READERS else table(TABLES[provider]).get(country, {})
    local = {**table(FOOTBALL_DATA).get(country, {}), **common(country), **own}
    here = clubs_of(country) | set(local.values())
    words = {word: team for word, team in _words().items() if team in here}
    return {**words, **local}


@cache
def established(country: str) -> frozenset[str]:
    """The clubs of ``country`` that are clubs without any season file: listed, or named by a table."""
    return clubs_of(country) | frozenset(spellings("football-data.co.uk", country).values())


@cache
def digest(country: str) -> str:
    """Differs whenever a name of a season file of ``country`` may mean something else than before."""
    content = (sorted(spellings("football-data.co.uk", country).items()), sorted(reused(country).items()))
    return hashlib.sha256(repr((content, sorted(clubs_of(country)))).encode()).hexdigest()[:16]


def spans(word: str, country: str, season: str | None) -> bool:
    """True when ``word`` is read as a slug of ours in ``season`` (None for today), not by a table.

    >>> spans("wimbledon", "england", "0203"), spans("wimbledon", "england", None)
    (True, False)
    """
    last = reused(country).get(word)
    return last is None or (season is not None and season_start_year(season) <= season_start_year(last))


def _readers(country: str) -> Mapping[str, str]:
    by_provider: dict[str, str] = {}
    for name in sorted(set(TABLES.values())):
        by_provider |= table(name).get(country, {})
    here = clubs_of(country)
    nicknames = {word: team for word, team in _nicknames() if team in here}
    return {**nicknames, **by_provider}


@cache
def _words() -> Mapping[str, str]:
    return {slug(word): team for team, club in clubs().items() for word in (club.name, *club.words)}


def _nicknames() -> Iterator[tuple[str, str]]:
    return ((slug(word), team) for team, club in clubs().items() for word in club.nicknames)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("sabiscore.identity").joinpath("aliases", name).read_text("utf-8"))

"""Every spelling of a club that we have written down, for one provider and country."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from sabiscore.identity.clubs import clubs
from sabiscore.identity.slugs import slug

FOOTBALL_DATA = "football_data"

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
    return tomllib.loads(files("sabiscore.identity").joinpath("aliases", f"{name}.toml").read_text("utf-8"))


@cache
def common(country: str) -> Mapping[str, str]:
    """Slug of a spelling that any provider may use → our slug."""
    text = files("sabiscore.identity").joinpath("aliases", "spellings.toml").read_text("utf-8")
    by_club: Mapping[str, list[str]] = tomllib.loads(text).get(country, {})
    return {slug(spelling): team for team, spellings in by_club.items() for spelling in spellings}


def spellings(provider: str, country: str, known: frozenset[str] = frozenset()) -> Mapping[str, str]:
    """Slug of a spelling → our slug: what ``provider`` alone writes before what all of them may.

    The names in teams.toml tell no country: those of clubs in ``known`` and in the country's own tables
    are taken.

    >>> spellings("betfair.com", "england")["c-palace"]
    'crystal-palace'
    """
    local = {
        **table(FOOTBALL_DATA).get(country, {}),
        **common(country),
        **table(TABLES[provider]).get(country, {}),
    }
    clubs_here = known | set(local.values())
    words = {word: team for word, team in _words().items() if team in clubs_here}
    return {**words, **local}


@cache
def _words() -> Mapping[str, str]:
    return {slug(word): team for team, club in clubs().items() for word in (club.name, *club.words)}


@lru_cache(maxsize=5_000)
def team_slug(name: str, country: str) -> str:
    """The slug of the club that football-data.co.uk calls ``name`` in ``country``; twins share one.

    >>> team_slug("Sparta", "netherlands"), team_slug("St. Pauli", "germany")
    ('sparta-rotterdam', 'st-pauli')
    """
    own = slug(name)
    return table(FOOTBALL_DATA).get(country, {}).get(own, own)

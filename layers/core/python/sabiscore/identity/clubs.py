"""The clubs we know: which of them are of a country, and how each is written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_INITIALS = frozenset(["ac", "afc", "as", "cd", "cf", "fc", "fk", "rb", "rc", "sc", "sd", "sk", "sv", "ud"])


@dataclass(frozen=True, slots=True)
class Club:
    """A club's ``name`` as it is shown, other names of it, and names that only its followers use."""

    name: str
    words: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()


@cache
def clubs() -> Mapping[str, Club]:
    """The clubs of which more than the slug is written down, by slug.

    >>> clubs()["nottm-forest"].name
    'Nottingham Forest'
    """
    return {
        team: Club(entry["name"], tuple(entry["words"]), tuple(entry.get("nicknames", ())))
        for team, entry in _read("teams.toml").items()
    }


@cache
def clubs_of(country: str) -> frozenset[str]:
    """The slugs of the clubs of ``country`` that are known without any season file.

    >>> "crewe" in clubs_of("england"), clubs_of("atlantis")
    (True, frozenset())
    """
    return frozenset(_read("clubs.toml").get(country, ()))


def display_name(team: str) -> str:
    """The name of ``team`` (a slug) as readers write it.

    >>> display_name("nottm-forest"), display_name("sv-nowhere")
    ('Nottingham Forest', 'SV Nowhere')
    """
    club = clubs().get(team)
    return (
        club.name
        if club
        else " ".join(w.upper() if w in _INITIALS else w.capitalize() for w in team.split("-"))
    )


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("sabiscore.identity") / name).read_text(encoding="utf-8"))

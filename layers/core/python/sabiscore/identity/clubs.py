"""What clubs are called, from teams.toml: one table for readers' words and for providers' names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Club:
    """A club's ``name`` as it is shown, other names of it, and names that only its followers use."""

    name: str
    words: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def clubs() -> Mapping[str, Club]:
    """The clubs that are listed, by slug.

    >>> clubs()["nottm-forest"].name
    'Nottingham Forest'
    """
    table = tomllib.loads((files("sabiscore.identity") / "teams.toml").read_text(encoding="utf-8"))
    return {
        team: Club(entry["name"], tuple(entry["words"]), tuple(entry.get("nicknames", ())))
        for team, entry in table.items()
    }

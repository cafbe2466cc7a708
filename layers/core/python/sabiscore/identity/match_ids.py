"""Which teams a match id names, by the rosters of its season."""

from __future__ import annotations

from dataclasses import dataclass

from sabiscore.identity.teams import Rosters


@dataclass(frozen=True, slots=True)
class Identity:
    """What a match id is made of."""

    league: str
    season: str
    home: str
    away: str
    leg: int


def identity_of(match_id: str, rosters: Rosters) -> Identity | None:
    """The parts of ``match_id``; None where the rosters do not say for certain.

    >>> teams = {("epl", "2526"): frozenset({"man-city", "everton"})}
    >>> identity_of("epl-2526-man-city-everton", teams).home
    'man-city'
    """
    found = [
        Identity(league, season, home, away, leg)
        for (league, season), teams in rosters.items()
        if match_id.startswith(f"{league}-{season}-")
        for home in teams
        if match_id.startswith(f"{league}-{season}-{home}-")
        for away, leg in _away(match_id.removeprefix(f"{league}-{season}-{home}-"), teams)
    ]
    return found[0] if len(found) == 1 else None


def _away(text: str, teams: frozenset[str]) -> list[tuple[str, int]]:
    name, _, leg = text.rpartition("-")
    found = [(text, 1)] if text in teams else []
    return [*found, (name, int(leg))] if name in teams and leg.isdecimal() else found

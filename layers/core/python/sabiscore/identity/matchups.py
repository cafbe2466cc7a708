"""Readers' words for teams: how they are shown, understood and put against each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sabiscore.errors import Refused, UnknownTeam
from sabiscore.identity.clubs import clubs
from sabiscore.identity.slugs import find_team, slug

_INITIALS = frozenset(["ac", "afc", "as", "cd", "cf", "fc", "fk", "rb", "rc", "sc", "sd", "sk", "sv", "ud"])

_VERSUS = re.compile(r"\s+(?:vs?\.?|versus|against|-|–|—)\s+", re.IGNORECASE)


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


@lru_cache(maxsize=1)
def aliases() -> Mapping[str, str]:
    """Slugs of readers' words → slugs of teams."""
    return {
        slug(word): team
        for team, club in clubs().items()
        for word in (club.name, *club.words, *club.nicknames)
    }


def split_matchup(text: str) -> tuple[str, str]:
    """The two names in ``"Home vs Away"``.

    >>> split_matchup("Man Utd v. Spurs")
    ('Man Utd', 'Spurs')

    Raises Refused when there are not exactly two.
    """
    sides = [side.strip() for side in _VERSUS.split(text.strip())]
    if len(sides) != 2 or not all(sides):
        raise Refused(
            f"{text[:80]!r} does not name two teams.",
            hint='Write "Home vs Away", such as "Arsenal vs Chelsea".',
        )
    return sides[0], sides[1]


def find_matchup(
    text: str, rosters: Mapping[str, tuple[str, ...]], league: str | None
) -> tuple[str, str, str]:
    """(league key, home slug, away slug) that ``text`` names among ``rosters``.

    Without ``league`` all rosters are searched. Raises UnknownTeam with candidates, and Refused for
    a team against itself or for teams of two leagues.
    """
    home_word, away_word = split_matchup(text)
    searched = rosters if league is None else {league: rosters.get(league, ())}
    everyone = {team: key for key, teams in searched.items() for team in teams}
    home, away = (_find(word, everyone) for word in (home_word, away_word))
    if home == away:
        raise Refused(f"{display_name(home)} cannot play itself.", hint="Name two different teams.")
    if everyone[home] != everyone[away]:
        raise Refused(
            f"{display_name(home)} and {display_name(away)} play in different leagues.",
            hint=f"{everyone[home]} and {everyone[away]}; only matches within a league are predicted.",
        )
    return everyone[home], home, away


def _find(word: str, everyone: Mapping[str, str]) -> str:
    try:
        return find_team(word, everyone, aliases())
    except UnknownTeam as error:
        names = tuple(display_name(team) for team in error.candidates)
        hint = f"Did you mean {', '.join(names)}?" if names else error.hint
        raise UnknownTeam(str(error), candidates=error.candidates, hint=hint) from None

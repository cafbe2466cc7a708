"""The pairing that a reader types, put against the teams that are known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.errors import Refused, UnknownTeam
from sabiscore.identity.clubs import display_name
from sabiscore.identity.names import Names, names_of
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import READERS

_VERSUS = re.compile(r"\s+(?:vs?\.?|versus|against|contra|gegen|contre|x|-|–|—|:)\s+", re.IGNORECASE)
_TIGHT = re.compile(r"\s*[/|–—:]\s*|-")
"""Between names without spaces around it; a hyphen may be part of a name too."""
LONGEST_PAIRING = 200
CANDIDATES = 5

Place = tuple[str, str]
"""A league's key, and the slug of a team that plays in it."""


def split_matchup(text: str) -> tuple[str, str]:
    """The two names in ``"Home vs Away"``.

    >>> split_matchup("Man Utd v. Spurs"), split_matchup("Arsenal/Chelsea")
    (('Man Utd', 'Spurs'), ('Arsenal', 'Chelsea'))

    Raises Refused when there are not exactly two.
    """
    splits = list(_splits(text))
    if not splits:
        raise _not_two(text)
    return splits[0]


def find_matchup(
    text: str, rosters: Mapping[str, Collection[str]], league: str | None
) -> tuple[str, str, str]:
    """(league key, home slug, away slug) that ``text`` names among ``rosters`` (league key → slugs).

    Without ``league`` all rosters are searched; where a word could mean teams of two leagues, the other
    team's league decides. Raises UnknownTeam with candidates, and Refused for a team against itself or for
    teams of two leagues.
    """
    searched = _searched(rosters, league)
    splits = list(_splits(text))
    if not splits:
        raise _not_two(text)
    understood = [sides for sides in splits if all(places_of(word, searched) for word in sides)]
    home_word, away_word = understood[0] if understood else splits[0]
    home, away = _required(home_word, rosters, league), _required(away_word, rosters, league)
    pairs = {(h[0], h[1], a[1]) for h in home for a in away if h[0] == a[0] and h[1] != a[1]}
    if len(pairs) == 1:
        return pairs.pop()
    if pairs:
        raise _ambiguous(text, tuple(sorted({team for _, *teams in pairs for team in teams})))
    if {team for _, team in home} & {team for _, team in away}:
        same = display_name(home[0][1])
        raise Refused(f"{same} cannot play itself.", hint="Name two different teams.")
    raise Refused(
        f"{display_name(home[0][1])} and {display_name(away[0][1])} play in different leagues.",
        hint=f"{home[0][0]} and {away[0][0]}; only matches within a league are predicted.",
    )


def find_team(text: str, rosters: Mapping[str, Collection[str]], league: str | None = None) -> str:
    """The slug of the team that ``text`` names among ``rosters`` (league key → slugs).

    Raises UnknownTeam with candidates, also where the word could mean more than one.
    """
    teams = sorted({team for _, team in _required(text, rosters, league)})
    if len(teams) == 1:
        return teams[0]
    raise UnknownTeam(
        f"{text[:80]!r} could mean more than one team.",
        candidates=tuple(teams),
        hint=f"Write the full name: {', '.join(map(display_name, teams))}.",
    )


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """The ways to read ``text`` as two names: at a word for "against", else at a single mark."""
    text = text.strip()[:LONGEST_PAIRING]
    sides = [side.strip() for side in _VERSUS.split(text)]
    if len(sides) == 2 and all(sides):
        yield sides[0], sides[1]
    if len(sides) == 1:
        for mark in _TIGHT.finditer(text):
            home, away = text[: mark.start()].strip(), text[mark.end() :].strip()
            if home and away:
                yield home, away


def _searched(rosters: Mapping[str, Collection[str]], league: str | None) -> Mapping[str, Collection[str]]:
    return rosters if league is None else {league: rosters.get(league, ())}


def spellings_of(league: str, team: str) -> frozenset[str]:
    """Every spelling of ``team``, a slug of a club of ``league``, that a table knows, as slugs."""
    return frozenset({slug(display_name(team)), *_names(league).forms(team)})


def places_of(word: str, rosters: Mapping[str, Collection[str]]) -> list[Place]:
    """Where a team called ``word`` plays."""
    found = []
    for league, teams in rosters.items():
        team, _ = _names(league).meant(slug(word), teams)
        if team is not None:
            found.append((league, team))
    return found


def _required(word: str, rosters: Mapping[str, Collection[str]], league: str | None) -> list[Place]:
    searched = _searched(rosters, league)
    places = places_of(word, searched)
    if places:
        return places
    if elsewhere := _elsewhere(word, rosters, league):
        raise elsewhere
    candidates = _nearest(slug(word), searched)
    names = ", ".join(map(display_name, candidates))
    raise UnknownTeam(
        f"There is no team called {word[:80]!r} here.",
        candidates=candidates,
        hint=f"Did you mean {names}?" if names else "See /api/v1/leagues for the teams we know.",
    )


def _elsewhere(word: str, rosters: Mapping[str, Collection[str]], league: str | None) -> UnknownTeam | None:
    """What to say of a club that is known and does not play in ``league``; None for no club of ours."""
    places = places_of(word, rosters)
    keys = _searched(rosters, league)
    clubs = {team for _, team in places} or {club for key in keys if (club := _names(key).club(word))}
    if len(clubs) != 1:
        return None
    name = display_name(clubs.pop())
    if places:
        leagues = ", ".join(sorted({league for league, _ in places}))
        return UnknownTeam(
            f"{name} does not play in {league} this season, but in {leagues}.",
            hint=f"Name that league: {leagues}.",
        )
    return UnknownTeam(
        f"{name} plays in none of the leagues that are forecast this season."
        if league is None
        else f"{name} does not play in {league} this season.",
        hint="See /api/v1/leagues for the teams that do.",
    )


def _nearest(word: str, rosters: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The teams whose spellings look most like ``word`` or hold it, for the reader to choose from."""
    forms: dict[str, str] = {}
    for league, teams in rosters.items():
        table = _names(league).table
        forms |= {form: team for form, team in table.items() if team in teams}
        forms |= {team: team for team in teams}
    near = difflib.get_close_matches(word[:80], sorted(forms), n=CANDIDATES, cutoff=0.4)
    inside = sorted(form for form in forms if word and word in form)
    return tuple(dict.fromkeys(forms[form] for form in (*near, *inside)))[:CANDIDATES]


def _names(league: str) -> Names:
    return names_of(READERS, LEAGUE_BY_KEY[league].country if league in LEAGUE_BY_KEY else "")


def _not_two(text: str) -> Refused:
    return Refused(
        f"{text[:80]!r} does not name two teams.",
        hint='Write "Home vs Away", such as "Arsenal vs Chelsea".',
    )


def _ambiguous(text: str, teams: tuple[str, ...]) -> UnknownTeam:
    return UnknownTeam(
        f"{text[:80]!r} could mean more than one pairing.",
        candidates=teams,
        hint=f"Write the full names, or name the league: {', '.join(map(display_name, teams))}.",
    )

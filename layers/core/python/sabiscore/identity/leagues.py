"""How a person's word for a league is understood."""

from __future__ import annotations

import difflib

from sabiscore.domain.league import LEAGUES, SERVED, League
from sabiscore.errors import UnknownLeague
from sabiscore.identity.slugs import slug

_BY_WORD = {
    slug(word): league
    for league in LEAGUES
    for word in (league.key, league.division, league.name, *league.aliases)
}


def find_league(text: str) -> League:
    """The league that ``text`` names by key, division code, name or alias, in any case.

    >>> find_league("EPL").division
    'E0'
    >>> find_league("la liga").key
    'laliga'

    Raises UnknownLeague with the nearest keys as candidates.
    """
    league = _BY_WORD.get(slug(text))
    if league is not None:
        return league
    near = difflib.get_close_matches(slug(text), _BY_WORD, n=3, cutoff=0.4)
    candidates = tuple(dict.fromkeys(_BY_WORD[word].key for word in near)) or tuple(x.key for x in SERVED)
    raise UnknownLeague(
        f"There is no league called {text[:80]!r}.",
        candidates=candidates,
        hint=f"Did you mean {', '.join(candidates)}?",
    )

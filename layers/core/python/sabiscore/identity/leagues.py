"""How a person's word for a league is understood."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from sabiscore.domain.league import LEAGUE_BY_KEY, LEAGUES, SERVED, League
from sabiscore.errors import UnknownLeague
from sabiscore.identity.slugs import slug


def find_league(text: str) -> League:
    """The league that ``text`` names by key, division code, name or alias, in any case, hyphens or not.

    >>> find_league("EPL").division, find_league("ligue1").division, find_league("1. Bundesliga").division
    ('E0', 'F1', 'D1')
    >>> find_league("la liga").key
    'laliga'

    Raises UnknownLeague with the nearest keys as candidates.
    """
    words = _words()
    league = _tight().get(slug(text).replace("-", ""))
    if league is not None:
        return league
    near = difflib.get_close_matches(slug(text)[:80], words, n=3, cutoff=0.4)
    candidates = tuple(dict.fromkeys(words[word].key for word in near)) or tuple(x.key for x in SERVED)
    raise UnknownLeague(
        f"There is no league called {text[:80]!r}.",
        candidates=candidates,
        hint=f"Did you mean {', '.join(candidates)}?",
    )


@cache
def _words() -> Mapping[str, League]:
    """Slug of a word → the league it means."""
    text = (files("sabiscore.identity") / "leagues.toml").read_text(encoding="utf-8")
    written = {slug(word): LEAGUE_BY_KEY[key] for key, words in tomllib.loads(text).items() for word in words}
    ours = {
        slug(word): league
        for league in LEAGUES
        for word in (league.key, league.division, league.name, *league.aliases)
    }
    return {**written, **ours}


@cache
def _tight() -> Mapping[str, League]:
    """The same words without hyphens: ligue1 is Ligue 1."""
    return {word.replace("-", ""): league for word, league in _words().items()}

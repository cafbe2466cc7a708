"""Whether a name that means no club we know is a new club: a season file alone never makes one where it could
be another club's.

A newcomer is let in when nothing of its name is like that of a club that is missing this season, and when
every club of last season that must be here again has been seen. Until then it is refused with the line to
paste; season files are cumulative, so its matches come in with a later one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from sabiscore.identity.names import Names, core

ALIKE = 0.6
"""Ratio of difflib from which two names could be spellings of one."""
SHORTEST_STEM = 4
SHORTEST_NAME = 5

SAYS_LITTLE = frozenset(
    {
        "united", "city", "town", "rovers", "wanderers", "county", "albion", "athletic", "real", "sporting",
        "racing", "atletico", "athletico", "deportivo", "olympique", "stade", "union", "dynamo", "fortuna",
        "eintracht", "borussia", "royal", "sport", "sports", "spor", "belediye", "belediyespor", "akademik",
        "academico", "academica", "vitoria", "nova", "virtus", "pro", "saint", "st", "san", "santa", "van",
        "den", "le", "la", "el", "los", "las", "al",
    }
)  # fmt: skip
"""Words that many clubs have: sharing one says nothing, having nothing else makes no newcomer."""


@dataclass(frozen=True, slots=True)
class KnownSeason:
    """What is known of a division's season when an unknown name turns up in it.

    ``present`` are its clubs so far, ``places`` how many there were last season (None: not known, so that
    nothing speaks against a newcomer). ``awaited`` are clubs of last season that must be here again and were
    not seen yet, ``missing`` all clubs of the country's last season that were not seen anywhere in this one.
    """

    present: frozenset[str]
    places: int | None
    awaited: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


def why_not_new(word: str, season: KnownSeason, names: Names) -> tuple[str, tuple[str, ...]]:
    """Why ``word``, a slug of no club, is no newcomer yet, and whom it may mean; "" where it is one."""
    if season.places is None:
        return "", ()
    like = [club for club in sorted(season.missing) if alike(word, names.forms(club))]
    like += [club for club in sorted(names.clubs - season.present) if _shares_a_word(word, names.forms(club))]
    if like:
        return "it may be another club's name", tuple(dict.fromkeys(like))
    if len(word.replace("-", "")) < SHORTEST_NAME:
        return "it may be anybody's initials", ()
    if not _own_words(word):
        return "its words are those of many clubs", ()
    if len(season.present) > season.places:
        return "every place of the division is taken", ()
    if season.awaited:
        return "clubs of last season have not been seen yet", tuple(sorted(season.awaited))
    return "", ()


def alike(word: str, forms: Iterable[str]) -> bool:
    """True when ``word`` could be one more way to write a club that is written as ``forms``.

    >>> alike("dep-a-coruna", ["la-coruna"]), alike("qpr", ["queens-park-rangers"])
    (True, True)
    >>> alike("corum", ["goztep"])
    False
    """
    return any(_alike(word, form) for form in forms)


def _alike(word: str, form: str) -> bool:
    if difflib.SequenceMatcher(None, word, form).ratio() >= ALIKE:
        return True
    mine, theirs = _own_words(word), _own_words(form)
    stems = {own[:SHORTEST_STEM] for own in mine} & {other_word[:SHORTEST_STEM] for other_word in theirs}
    if any(len(stem) == SHORTEST_STEM for stem in stems):
        return True
    return _initials(word, form) or _initials(form, word)


def _shares_a_word(word: str, forms: Iterable[str]) -> bool:
    """True when a word of its own stands in a spelling of a club that has been away for longer."""
    mine = {own_word for own_word in _own_words(word) if len(own_word) >= SHORTEST_STEM}
    return any(mine & _own_words(form) for form in forms)


def _initials(short: str, long: str) -> bool:
    letters = short.replace("-", "")
    words = long.split("-")
    return len(letters) >= 2 and len(words) >= 2 and letters == "".join(part[0] for part in words if part)


def _own_words(word: str) -> set[str]:
    """The words of a slug that are not those of many clubs."""
    return {part for part in core(word).split() if len(part) > 1 and part not in SAYS_LITTLE}

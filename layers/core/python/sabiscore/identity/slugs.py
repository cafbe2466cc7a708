"""Canonical team slugs, and how a person's word for a team is understood."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from sabiscore.errors import UnknownTeam

_UNFOLDED = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """``name`` in lower-case ASCII words joined by hyphens.

    >>> slug("Nott'm Forest"), slug("St. Pauli"), slug("Süper Lig")
    ('nottm-forest', 'st-pauli', 'super-lig')
    """
    folded = unicodedata.normalize("NFKD", name.lower().translate(_UNFOLDED).replace("'", ""))
    ascii_only = folded.encode("ascii", "ignore").decode()
    return _NOT_WORD.sub("-", ascii_only).strip("-")


def find_team(text: str, roster: Iterable[str], aliases: Mapping[str, str] | None = None) -> str:
    """The slug in ``roster`` that ``text`` names, by itself or through ``aliases`` (slug → slug).

    >>> find_team("Spurs", ["tottenham", "arsenal"], {"spurs": "tottenham"})
    'tottenham'

    Raises UnknownTeam with the nearest slugs as candidates; nothing is ever guessed.
    """
    known = set(roster)
    wanted = slug(text)
    wanted = wanted if wanted in known else (aliases or {}).get(wanted, wanted)
    if wanted in known:
        return wanted
    words = {alias: team for alias, team in (aliases or {}).items() if team in known}
    words |= {team: team for team in known}
    near = difflib.get_close_matches(wanted, sorted(words), n=5, cutoff=0.4)
    inside = sorted(word for word in words if wanted and wanted in word)
    candidates = tuple(dict.fromkeys(words[word] for word in (*near, *inside)))[:5]
    hint = (
        f"Did you mean {', '.join(candidates)}?"
        if candidates
        else "See /api/v1/leagues for the teams we know."
    )
    raise UnknownTeam(f"There is no team called {text[:80]!r} here.", candidates=candidates, hint=hint)

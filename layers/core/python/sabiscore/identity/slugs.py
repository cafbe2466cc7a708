"""How a name becomes a slug: the identity of a club, and the key of every table of names."""

from __future__ import annotations

import re
import unicodedata

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

"""A season file read into columns; the newest few are kept, since what is fetched is stored next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from sabiscore.history import History, columns_of
from sabiscore.sources.base import Parsed
from sabiscore.sources.football_data import FootballData

CONTENTS_KEPT = 32
"""More than there are divisions; each takes half a megabyte."""


@dataclass(frozen=True, slots=True)
class SeasonContent:
    """What a season file says: its matches as columns, and all else that was found in it."""

    sha256: str
    parsed: Parsed
    history: History


@lru_cache(maxsize=CONTENTS_KEPT)
def content_of(name: str, data: bytes) -> SeasonContent:
    """The content of the file called ``name``; raises BadSeasonFile when it cannot be read as one."""
    parsed = FootballData().parse(name, data)
    light = Parsed((), parsed.refused, parsed.names, parsed.notes)
    return SeasonContent(hashlib.sha256(data).hexdigest(), light, columns_of(parsed.matches))

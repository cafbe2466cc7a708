"""The tables of leagues as sources reported them, each change kept with the time at which it was known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sabiscore.store.schedule_tables import standings
from sabiscore.store.session import Database
from sabiscore.store.versioned_rows import add_changed, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a league's table, as ``source`` reported it at ``known_at``."""

    league: str
    season: str
    team: str
    rank: int
    played: int
    won: int
    drawn: int
    lost: int
    goals_for: int
    goals_against: int
    points: int
    source: str
    known_at: datetime


class StandingStore:
    """The table ``standings``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, places: Iterable[TableRow]) -> int:
        """How many of ``places`` are not what their source reported last; only they are kept."""
        return add_changed(self._database, standings, [asdict(place) for place in places])

    def current(self, league: str) -> list[TableRow]:
        """The newest table of ``league``, by the source that spoke last, the first team first."""
        rows = [TableRow(**row) for row in newest(self._database, standings, league)]
        if not rows:
            return []
        source = max(rows, key=lambda place: place.known_at).source
        return sorted((place for place in rows if place.source == source), key=lambda place: place.rank)

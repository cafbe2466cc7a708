"""Expected goals of matches that were played, as sources reported them; corrections are added as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sabiscore.store.schedule_tables import expected_goals
from sabiscore.store.session import Database
from sabiscore.store.versioned_rows import add_changed, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchExpectedGoals:
    """The expected goals of both sides of one match, as ``source`` reported them at ``known_at``."""

    match_id: str
    league: str
    season: str
    home: float
    away: float
    source: str
    known_at: datetime


class ExpectedGoalsStore:
    """The table ``expected_goals``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, expected: Iterable[MatchExpectedGoals]) -> int:
        """How many of ``expected`` are not what their source reported last; only they are kept."""
        return add_changed(self._database, expected_goals, [asdict(match_goals) for match_goals in expected])

    def current(self, league: str) -> dict[str, MatchExpectedGoals]:
        """By match of the newest season of ``league``, what was reported last."""
        rows = (MatchExpectedGoals(**row) for row in newest(self._database, expected_goals, league))
        return {known.match_id: known for known in sorted(rows, key=lambda known: known.known_at)}

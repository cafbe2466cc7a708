"""The rows of lists that stay the same until kick-off: made once for all lists of a publication."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sabiscore.insights.fixtures import Fixture
from sabiscore.insights.match_clock import has_begun

if TYPE_CHECKING:
    from sabiscore.insights.document import MatchRow
    from sabiscore.insights.forecast import Forecast

    MakeRow = Callable[[Fixture, Forecast | None, datetime], MatchRow]


class KeptRows:
    """The last row made of each match, given again for the very same fixture and forecast until it begins.

    A row of what has begun speaks of minutes and of the age of a score, and is made for every list. Threads
    may ask at once: at worst a row is made twice.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Fixture, Forecast | None, MatchRow]] = {}

    def row(self, fixture: Fixture, forecast: Forecast | None, at: datetime, make: MakeRow) -> MatchRow:
        """``fixture`` with its ``forecast`` as ``make`` shows it in a list ``at`` that instant."""
        kept = self._kept.get(fixture.match.id)
        if (
            kept is not None
            and kept[0] is fixture
            and kept[1] is forecast
            and not has_begun(fixture.match, at)
        ):
            return kept[2]
        row = make(fixture, forecast, at)
        if row.state.status == "scheduled":
            self._kept[fixture.match.id] = fixture, forecast, row
        return row

"""Results that were observed and are in no season file yet, as history to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sabiscore.domain.match import Match
from sabiscore.history import History, columns_of
from sabiscore.jobs.context import JobContext
from sabiscore.pipeline.calendar import overlaid
from sabiscore.pipeline.odds_snapshots import TOGETHER, priced
from sabiscore.sources.registry import PREFERENCE
from sabiscore.store.snapshots import Snapshot

LATE = timedelta(days=60)
"""Season files tell of a match within days; one that they still lack after this is not looked for."""


def observed_results(desk: JobContext, now: datetime) -> list[History]:
    """The matches that were observed to be over and whose season file has no result yet."""
    first = (now - LATE).date()
    in_files = desk.store.played_since(first)
    told = {match.id for match in in_files}
    seen = desk.observations.current(first, PREFERENCE["results"])
    new = [match for match in overlaid(in_files, seen) if match.id not in told and match.goals is not None]
    return [columns_of(_with_prices(desk, new, now))] if new else []


def _with_prices(desk: JobContext, matches: Sequence[Match], now: datetime) -> list[Match]:
    """Each with its first prices and its last before kick-off, as a season file would tell them."""
    opening = desk.snapshots.opening([match.id for match in matches], now)
    closing = desk.snapshots.closing(
        {one.id: one.kickoff_at for one in matches if one.kickoff_at is not None}
    )
    return [
        priced(priced(match, first_of(opening.get(match.id, ()))), closing.get(match.id, ()), "close")
        for match in matches
    ]


def first_of(opening: Sequence[Snapshot]) -> list[Snapshot]:
    """Those of the opening prices that stood beside the very first."""
    if not opening:
        return []
    begins = min(one.quoted_at for one in opening)
    return [one for one in opening if one.quoted_at - begins <= TOGETHER]

"""Observed results that no season file has yet, as history to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sabiscore.domain.match import Match
from sabiscore.history import History, columns_of
from sabiscore.pipeline.calendar import overlaid
from sabiscore.pipeline.odds_snapshots import QUOTED_TOGETHER, priced
from sabiscore.sources.registry import PREFERENCE
from sabiscore.store.database import Store
from sabiscore.store.observations import Observations
from sabiscore.store.snapshots import Snapshot, Snapshots

LATE = timedelta(days=60)
"""Season files have a match within days; an older result that they still lack is not looked for."""


def unfiled_results(
    now: datetime, *, store: Store, observations: Observations, snapshots: Snapshots
) -> list[History]:
    """The finished matches that were observed and have no result in a season file; empty without any.

    Each carries its first prices and its last ones before kick-off, as a season file would give them.
    """
    first = (now - LATE).date()
    in_files = store.played_since(first)
    filed = {match.id for match in in_files}
    observed = observations.current(first, PREFERENCE["results"])
    new = [
        match for match in overlaid(in_files, observed) if match.id not in filed and match.goals is not None
    ]
    return [columns_of(_with_prices(snapshots, new, now))] if new else []


def _with_prices(snapshots: Snapshots, matches: Sequence[Match], now: datetime) -> list[Match]:
    opening = snapshots.opening([match.id for match in matches], now)
    closing = snapshots.closing(
        {match.id: match.kickoff_at for match in matches if match.kickoff_at is not None}
    )
    return [
        priced(priced(match, first_prices(opening.get(match.id, ()))), closing.get(match.id, ()), "close")
        for match in matches
    ]


def first_prices(opening: Sequence[Snapshot]) -> list[Snapshot]:
    """The ``opening`` prices that were quoted within three hours of the very first."""
    if not opening:
        return []
    begins = min(snapshot.quoted_at for snapshot in opening)
    return [snapshot for snapshot in opening if snapshot.quoted_at - begins <= QUOTED_TOGETHER]

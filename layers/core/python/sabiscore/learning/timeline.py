"""The record as it ran: figures of all that was settled by the end of each day with a kick-off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

import numpy as np

from sabiscore.insights.track_record import Point
from sabiscore.learning import metrics
from sabiscore.learning.settled import SettledBet
from sabiscore.learning.settled_table import SettledTable

DAY = 86_400_000_000
"""In microseconds."""
EPOCH_DAY = date(1970, 1, 1).toordinal()


def timeline(
    predictions: SettledTable, taken: Sequence[SettledBet], kickoffs: Sequence[datetime]
) -> tuple[Point, ...]:
    """Running figures at the end of each such day, of ``predictions`` in order.

    ``kickoffs`` are of the matches of ``taken``: a bet counts on the day of its match.
    """
    if not len(predictions):
        return ()
    losses = metrics.log_losses(predictions.p, predictions.y)
    closing = predictions.close[np.arange(len(predictions)), predictions.y]
    priced = ~np.isnan(closing)
    theirs, known = -np.log(closing[priced]), np.cumsum(priced)
    profit = _summed((_day(at), bet.profit) for bet, at in zip(taken, kickoffs, strict=True))
    total, points = 0.0, []
    waiting = sorted(profit)
    for day, last in _last_of_each_day(predictions):
        while waiting and waiting[0] <= day:
            total += profit[waiting.pop(0)]
        points.append(
            Point(
                day=day,
                n=last + 1,
                log_loss=float(losses[: last + 1].mean()),
                closing_log_loss=float(theirs[: known[last]].mean()) if known[last] else None,
                profit_units=total,
            )
        )
    return tuple(points)


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for key, value in pairs:
        sums[key] = sums.get(key, 0.0) + value
    return sums


def _last_of_each_day(ordered: SettledTable) -> Iterator[tuple[str, int]]:
    """Each UTC day on which a match kicked off, with the place of the day's last."""
    days = ordered.kickoff_at // DAY
    for last in np.flatnonzero(np.append(days[1:] != days[:-1], True)):
        yield date.fromordinal(EPOCH_DAY + int(days[last])).isoformat(), int(last)

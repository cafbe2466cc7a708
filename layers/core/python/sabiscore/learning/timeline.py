"""The record as it ran: figures of all that was settled by the end of each day with a kick-off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats
from sabiscore.insights.track_record import Point
from sabiscore.learning import metrics
from sabiscore.learning.bet_table import BetTable
from sabiscore.learning.prefix_means import PrefixMeans
from sabiscore.learning.settled_table import Instants, SettledTable

DAY = 86_400_000_000
"""In microseconds."""
EPOCH_DAY = date(1970, 1, 1).toordinal()


def timeline(
    predictions: SettledTable, taken: BetTable, kickoffs: Instants, means: PrefixMeans
) -> tuple[Point, ...]:
    """Running figures at the end of each such day, of ``predictions`` in order.

    ``kickoffs`` are of the matches of ``taken``: a bet counts on the day of its match. ``means`` saves
    computing what an earlier timeline computed, and changes none of it.
    """
    return tuple(_points(predictions, taken, kickoffs, means)) if len(predictions) else ()


def _points(
    predictions: SettledTable, taken: BetTable, kickoffs: Instants, means: PrefixMeans
) -> Iterator[Point]:
    days = predictions.kickoff_at // DAY
    ends = np.flatnonzero(np.append(days[1:] != days[:-1], True)) + 1
    losses = metrics.log_losses(predictions.p, predictions.y)
    closing = predictions.close[np.arange(len(predictions)), predictions.y]
    priced = ~np.isnan(closing)
    known = np.cumsum(priced)[ends - 1]
    ours = means.of("ours", losses, ends)
    theirs = means.of("closing", -np.log(closing[priced]), known[known > 0])
    unknown = int((known == 0).sum())
    profits = _profit_by(days[ends - 1], taken.profit, kickoffs // DAY)
    rows = zip(days[ends - 1].tolist(), ends.tolist(), ours.tolist(), profits.tolist(), strict=True)
    of_market = [*[None] * unknown, *theirs.tolist()]
    for (day, n, loss, profit), closing_loss in zip(rows, of_market, strict=True):
        yield Point(
            day=date.fromordinal(EPOCH_DAY + day).isoformat(),
            n=n,
            log_loss=loss,
            closing_log_loss=closing_loss,
            profit_units=profit,
        )


def _profit_by(days: npt.NDArray[np.int64], profit: Floats, of_day: npt.NDArray[np.int64]) -> Floats:
    """float64 [len(days)]: what the bets of ``of_day`` up to each of ``days``, which ascend, won or lost.

    The sum of each day first, then of the days, one after the other.
    """
    bet_days = np.array(sorted(set(of_day.tolist())), np.int64)
    by_day = np.zeros(len(bet_days))
    np.add.at(by_day, np.searchsorted(bet_days, of_day), profit)
    running = np.concatenate(([0.0], np.cumsum(by_day)))
    return running[np.searchsorted(bet_days, days, side="right")]

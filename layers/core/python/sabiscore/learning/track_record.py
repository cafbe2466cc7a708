"""The record of settled predictions and bets: a pure function of them, whoever asks and whenever."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats
from sabiscore.insights.track_record import (
    Anchor,
    Bets,
    Bin,
    DriftView,
    LiveCalibration,
    PopulationShift,
    Pull,
    Rollback,
    Scores,
    Slice,
    TrackRecord,
    TrialView,
    Versus,
)
from sabiscore.learning import metrics
from sabiscore.learning.bet_table import BetTable
from sabiscore.learning.prefix_means import PrefixMeans
from sabiscore.learning.resamples import Resamples
from sabiscore.learning.settled import Settled, SettledBet
from sabiscore.learning.settled_table import Instants, SettledTable, Words, instant, names_in
from sabiscore.learning.timeline import timeline

SEED = 20
RECORD_BINS = 10
PULL_FROM = 200
MONTH = timedelta(days=30) // timedelta(microseconds=1)
Z = 1.959964
"""Of a 95% interval."""


def track_record(
    settled: Iterable[Settled],
    bets: Iterable[SettledBet] | BetTable,
    *,
    sealed: int = 0,
    head: str | None = None,
    live: Mapping[str, LiveCalibration] | None = None,
    drift: DriftView | None = None,
    population: PopulationShift | None = None,
    trial: TrialView | None = None,
    rollbacks: tuple[Rollback, ...] = (),
    anchors: tuple[Anchor, ...] = (),
    resamples: Resamples | None = None,
    means: PrefixMeans | None = None,
) -> TrackRecord:
    """The record of all of ``settled`` and ``bets``.

    ``sealed`` are those whose matches are to come, ``live`` is what calibration learnt, by bundle
    version, ``drift``, ``population`` and ``rollbacks`` are of the bundle in production, ``trial`` of the
    challenger, ``anchors`` of the ledger. The order they are given in does not matter. Intervals are
    bootstrapped with a fixed seed, so that anybody who holds the ledger computes the same numbers;
    ``resamples`` saves drawing what an earlier record drew, and ``means`` running means of it; they change
    none of them.
    """
    ordered = SettledTable.of(settled).in_order()
    taken = BetTable.of(bets).in_order()
    kickoffs = _kickoffs(ordered, taken)
    drawn = resamples or Resamples()
    return TrackRecord(
        as_of=instant(ordered.settled_at.max()) if len(ordered) else None,
        all=_slice("all", ordered, taken, drawn),
        last_month=_last_month(ordered, taken, kickoffs),
        by_league=_by("league", ordered, ordered.league, taken=taken, of_bets=taken.league, drawn=drawn),
        by_version=_by("bundle", ordered, ordered.bundle, taken=taken, of_bets=taken.bundle, drawn=drawn),
        calibration=_calibration(ordered) if len(ordered) else (),
        live_calibration=dict(live or {}),
        drift=drift,
        population=population,
        trial=trial,
        rollbacks=rollbacks,
        anchors=anchors,
        closing_pull=closing_pull(ordered),
        timeline=timeline(ordered, taken, kickoffs, means or PrefixMeans()),
        sealed=sealed,
        ledger_head=head,
    )


def _kickoffs(ordered: SettledTable, taken: BetTable) -> Instants:
    """Of each bet when its match kicked off: the newest kick-off settled; else when it was opened."""
    if not len(ordered):
        return taken.opened_at
    by_match = np.argsort(ordered.match_id, kind="stable")
    places = np.searchsorted(ordered.match_id, taken.match_id, side="right", sorter=by_match) - 1
    rows = by_match[np.maximum(places, 0)]
    is_known = (places >= 0) & (ordered.match_id[rows] == taken.match_id)
    return np.where(is_known, ordered.kickoff_at[rows], taken.opened_at)


def _by(
    part: str,
    predictions: SettledTable,
    words: Words,
    *,
    taken: BetTable,
    of_bets: Words,
    drawn: Resamples,
) -> dict[str, Slice]:
    """By each name in ``words`` or ``of_bets``, of the predictions and the bets, its slice."""
    return {
        name: _slice(
            f"{part} {name}",
            predictions.rows(words == name.encode()),
            taken.rows(of_bets == name.encode()),
            drawn,
        )
        for name in sorted({*names_in(words), *names_in(of_bets)})
    }


def _last_month(predictions: SettledTable, taken: BetTable, kickoffs: Instants) -> Slice:
    if not len(predictions):
        return Slice(predictions=None, bets=None)
    since = predictions.kickoff_at[-1] - MONTH
    return _slice(
        "last month",
        predictions.rows(predictions.kickoff_at > since),
        taken.rows(kickoffs > since),
        Resamples(),
    )


def _slice(name: str, predictions: SettledTable, taken: BetTable, drawn: Resamples) -> Slice:
    return Slice(
        predictions=scores(name, predictions, drawn) if len(predictions) else None,
        bets=bets_of(name, taken, drawn) if len(taken) else None,
    )


def scores(name: str, matches: SettledTable, drawn: Resamples) -> Scores:
    """How the predictions of at least one match did, and how the market did on the same."""
    losses = metrics.log_losses(matches.p, matches.y)
    return Scores(
        n=len(losses),
        log_loss=float(losses.mean()),
        brier=metrics.brier(matches.p, matches.y),
        rps=metrics.ranked_probability_score(matches.p, matches.y),
        accuracy=metrics.accuracy(matches.p, matches.y),
        calibration_error=metrics.calibration_error(matches.p, matches.y),
        against_early_odds=_versus(f"{name}, early", losses, matches.early, matches.y, drawn),
        against_closing_odds=_versus(f"{name}, close", losses, matches.close, matches.y, drawn),
    )


def _versus(
    name: str, losses: Floats, other: Floats, y: npt.NDArray[np.int64], drawn: Resamples
) -> Versus | None:
    known = ~np.isnan(other[:, 0])
    if not known.any():
        return None
    theirs = metrics.log_losses(other[known], y[known])
    low, high = drawn.interval(name, losses[known] - theirs, SEED)
    difference = float((losses[known] - theirs).mean())
    return Versus(
        n=int(known.sum()), log_loss=float(theirs.mean()), difference=difference, low=low, high=high
    )


def bets_of(name: str, taken: BetTable, drawn: Resamples) -> Bets:
    """What at least one bet came to."""
    profits = taken.profit
    low, high = drawn.interval(f"{name}, bets", profits, SEED)
    lines = taken.closing_line_value
    lines = lines[~np.isnan(lines)]
    line_low, line_high = drawn.interval(f"{name}, lines", lines, SEED) if len(lines) else (None, None)
    return Bets(
        n=len(taken),
        won=int(taken.won.sum()),
        profit_units=float(profits.sum()),
        roi=float(profits.mean()),
        roi_low=low,
        roi_high=high,
        closing_line_value=float(lines.mean()) if len(lines) else None,
        closing_line_value_low=line_low,
        closing_line_value_high=line_high,
        closing_line_n=len(lines),
        kelly_growth=math.prod((1 + taken.stake_fraction * profits).tolist()) - 1,
    )


def closing_pull(matches: SettledTable) -> Pull | None:
    """How far the market went our way between sealing and close; None for fewer than PULL_FROM matches."""
    known = ~np.isnan(matches.early[:, 0]) & ~np.isnan(matches.close[:, 0])
    if known.sum() < PULL_FROM:
        return None
    ours = (matches.p - matches.early)[known]
    across, along = ((matches.close - matches.early)[known] * ours).sum(axis=1), (ours**2).sum(axis=1)
    if not along.any():
        return None
    share = across.sum() / along.sum()
    # The jackknife's error of a ratio of means: one match's part of the sum, a match being one draw.
    error = float(np.sqrt(((across - share * along) ** 2).sum()) / along.sum())
    return Pull(
        n=int(known.sum()), share=float(share), low=float(share) - Z * error, high=float(share) + Z * error
    )


def _calibration(matches: SettledTable) -> tuple[Bin, ...]:
    forecast, happened = matches.p.reshape(-1), np.eye(3)[matches.y].reshape(-1)
    places = np.minimum((forecast * RECORD_BINS).astype(np.int64), RECORD_BINS - 1)
    return tuple(
        _bin(int(place), forecast[places == place], happened[places == place])
        for place in np.flatnonzero(np.bincount(places))
    )


def _bin(place: int, forecast: Floats, happened: Floats) -> Bin:
    share = float(happened.mean())
    low, high = wilson(share, len(forecast))
    return Bin(
        least=place / RECORD_BINS,
        most=(place + 1) / RECORD_BINS,
        n=len(forecast),
        mean=float(forecast.mean()),
        happened=share,
        low=low,
        high=high,
    )


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95% interval of a probability of which ``share`` of ``n`` trials were hits (Wilson 1927).

    >>> [round(x, 3) for x in wilson(0.5, 100)]
    [0.404, 0.596]
    """
    spread = Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    middle, scale = share + Z**2 / (2 * n), 1 + Z**2 / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

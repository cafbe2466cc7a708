"""The record of settled predictions and bets: a pure function of them, whoever asks and whenever."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats
from sabiscore.insights.track_record import (
    Anchor,
    Bets,
    Bin,
    DriftView,
    LiveCalibration,
    Point,
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
from sabiscore.learning.settled import Settled, SettledBet, SettledColumns, in_order, settled_columns

SEED = 20
RECORD_BINS = 10
PULL_FROM = 200
MONTH = timedelta(days=30)
Z = 1.959964
"""Of a 95% interval."""


def track_record(
    settled: Iterable[Settled],
    bets: Iterable[SettledBet],
    *,
    sealed: int = 0,
    head: str | None = None,
    live: Mapping[str, LiveCalibration] | None = None,
    drift: DriftView | None = None,
    population: PopulationShift | None = None,
    trial: TrialView | None = None,
    rollbacks: tuple[Rollback, ...] = (),
    anchors: tuple[Anchor, ...] = (),
) -> TrackRecord:
    """The record of all of ``settled`` and ``bets``.

    ``sealed`` are those whose matches are to come, ``live`` is what calibration learnt, by bundle
    version, ``drift``, ``population`` and ``rollbacks`` are of the bundle in production, ``trial`` of the
    challenger, ``anchors`` of the ledger. The order they are given in does not matter. Intervals are
    bootstrapped with a fixed seed, so that anybody who holds the ledger computes the same numbers.
    """
    ordered = in_order(list(settled))
    taken = sorted(bets, key=lambda bet: (bet.opened_at, bet.match_id, bet.outcome))
    return TrackRecord(
        as_of=max((prediction.settled_at for prediction in ordered), default=None),
        all=_slice(ordered, taken),
        last_month=_last_month(ordered, taken),
        by_league=_by(ordered, taken, _league),
        by_version=_by(ordered, taken, _bundle),
        calibration=_calibration(settled_columns(ordered)) if ordered else (),
        live_calibration=dict(live or {}),
        drift=drift,
        population=population,
        trial=trial,
        rollbacks=rollbacks,
        anchors=anchors,
        closing_pull=closing_pull(settled_columns(ordered)),
        timeline=_timeline(ordered, taken),
        sealed=sealed,
        ledger_head=head,
    )


def _league(settled: Settled | SettledBet) -> str:
    return settled.league


def _bundle(settled: Settled | SettledBet) -> str:
    return settled.bundle


def _by(
    predictions: Sequence[Settled], taken: Sequence[SettledBet], name: Callable[[Settled | SettledBet], str]
) -> dict[str, Slice]:
    names = sorted({name(prediction) for prediction in predictions} | {name(bet) for bet in taken})
    return {
        key: _slice(
            [prediction for prediction in predictions if name(prediction) == key],
            [bet for bet in taken if name(bet) == key],
        )
        for key in names
    }


def _last_month(predictions: Sequence[Settled], taken: Sequence[SettledBet]) -> Slice:
    kickoffs = {prediction.match_id: prediction.kickoff_at for prediction in predictions}
    since = max(kickoffs.values()) - MONTH if kickoffs else None
    return _slice(
        [prediction for prediction in predictions if since and prediction.kickoff_at > since],
        [bet for bet in taken if since and kickoffs.get(bet.match_id, bet.opened_at) > since],
    )


def _slice(predictions: Sequence[Settled], taken: Sequence[SettledBet]) -> Slice:
    return Slice(
        predictions=scores(settled_columns(predictions)) if predictions else None,
        bets=bets_of(taken) if taken else None,
    )


def scores(matches: SettledColumns) -> Scores:
    """How the predictions of at least one match did, and how the market did on the same."""
    losses = metrics.log_losses(matches.p, matches.y)
    return Scores(
        n=len(losses),
        log_loss=float(losses.mean()),
        brier=metrics.brier(matches.p, matches.y),
        rps=metrics.ranked_probability_score(matches.p, matches.y),
        accuracy=metrics.accuracy(matches.p, matches.y),
        calibration_error=metrics.calibration_error(matches.p, matches.y),
        against_early_odds=_versus(losses, matches.early, matches.y),
        against_closing_odds=_versus(losses, matches.close, matches.y),
    )


def _versus(losses: Floats, other: Floats, y: npt.NDArray[np.int64]) -> Versus | None:
    known = ~np.isnan(other[:, 0])
    if not known.any():
        return None
    theirs = metrics.log_losses(other[known], y[known])
    low, high = metrics.interval(losses[known] - theirs, SEED)
    difference = float((losses[known] - theirs).mean())
    return Versus(
        n=int(known.sum()), log_loss=float(theirs.mean()), difference=difference, low=low, high=high
    )


def bets_of(taken: Sequence[SettledBet]) -> Bets:
    """What at least one bet came to."""
    profits = np.array([bet.profit for bet in taken])
    low, high = metrics.interval(profits, SEED)
    lines = np.array([line for bet in taken if (line := bet.closing_line_value) is not None])
    line_low, line_high = metrics.interval(lines, SEED) if len(lines) else (None, None)
    return Bets(
        n=len(taken),
        won=sum(bet.won for bet in taken),
        profit_units=float(profits.sum()),
        roi=float(profits.mean()),
        roi_low=low,
        roi_high=high,
        closing_line_value=float(lines.mean()) if len(lines) else None,
        closing_line_value_low=line_low,
        closing_line_value_high=line_high,
        closing_line_n=len(lines),
        kelly_growth=math.prod(1 + bet.stake_fraction * bet.profit for bet in taken) - 1,
    )


def closing_pull(matches: SettledColumns) -> Pull | None:
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


def _calibration(matches: SettledColumns) -> tuple[Bin, ...]:
    forecast, happened = matches.p.reshape(-1), np.eye(3)[matches.y].reshape(-1)
    places = np.minimum((forecast * RECORD_BINS).astype(np.int64), RECORD_BINS - 1)
    return tuple(
        _bin(int(place), forecast[places == place], happened[places == place]) for place in np.unique(places)
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


def _timeline(predictions: Sequence[Settled], taken: Sequence[SettledBet]) -> tuple[Point, ...]:
    """Running figures at the end of each day on which a match kicked off."""
    if not predictions:
        return ()
    matches = settled_columns(predictions)
    losses = metrics.log_losses(matches.p, matches.y)
    closing = matches.close[np.arange(len(predictions)), matches.y]
    kickoffs = {prediction.match_id: prediction.kickoff_at for prediction in predictions}
    profit = _summed((_day(kickoffs.get(bet.match_id, bet.opened_at)), bet.profit) for bet in taken)
    ends = _last_of_each([_day(prediction.kickoff_at) for prediction in predictions])
    total, points = 0.0, []
    waiting = sorted(profit)
    for day, last in ends:
        while waiting and waiting[0] <= day:
            total += profit[waiting.pop(0)]
        known = -np.log(closing[: last + 1][~np.isnan(closing[: last + 1])])
        points.append(
            Point(
                day=day,
                n=last + 1,
                log_loss=float(losses[: last + 1].mean()),
                closing_log_loss=float(known.mean()) if len(known) else None,
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


def _last_of_each(keys: Sequence[str]) -> list[tuple[str, int]]:
    """Each different key of a sorted sequence with the place of its last."""
    last = {key: place for place, key in enumerate(keys)}
    return list(last.items())

"""The honest report: each test season predicted by an ensemble that saw strictly earlier seasons only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from model_export.against import Against, means_of
from model_export.bets import BetFigures, ClassFigures, classes, offers, summary
from model_export.ensemble import Ensemble
from model_export.fit import Report, SeasonForecast, Walk, head_seasons, taught, walk
from model_export.goals import GoalScores, score_goals
from model_export.samples import VARIANTS, Samples, big_five
from sabiscore.domain.league import LEAGUES
from sabiscore.errors import Refused
from sabiscore.features import market
from sabiscore.history import Floats, season_name
from sabiscore.learning import metrics
from sabiscore.learning.metrics import Outcomes

BIG_FIVE_SLICE = "big-five"
EARLY, CLOSING = "early_odds", "closing_odds"
"""The market's own forecasts, margin removed by the power method (see ``average_odds``, ``closing_odds``)."""


@dataclass(frozen=True, slots=True)
class Slope:
    """The calibration slope (1 is sound, under 1 too sure) with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastScore:
    """How one forecaster did on ``n`` matches; ``early`` and ``close`` compare it with the market.

    ``divergence`` is KL(close‖forecast), ``beyond_early`` that less the early odds' own; ``bias`` is how
    much likelier home, draw and away were said to be than they were.
    """

    n: int
    log_loss: float
    brier: float
    rps: float
    accuracy: float
    calibration_error: float
    slope: Slope | None
    bias: tuple[float, float, float]
    early: Against | None
    close: Against | None
    divergence: Against | None
    beyond_early: Against | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Forecasts [n, 3] of each variant beside the matches they are of, and the scores they earned.

    ``over`` [n] is how likely each variant held three goals or more. ``scores`` maps a slice (``all``, a
    league's key or a season) and a forecaster to its score, ``goals`` the same of ``over``, ``bets`` a slice
    to what value bets by ``with_odds`` came to against the close, ``bet_classes`` all matches, the big five
    and each season to the same by class.
    """

    matches: Samples
    forecasts: Mapping[str, Floats]
    over: Mapping[str, Floats]
    scores: Mapping[str, Mapping[str, ForecastScore]]
    goals: GoalScores
    bets: Mapping[str, BetFigures]
    bet_classes: Mapping[str, ClassFigures]
    seasons: tuple[str, ...]

    @property
    def worse_than_early_odds(self) -> tuple[str, ...]:
        """The leagues whose forecasts with odds lose to the early odds beyond chance, by key."""
        keys = [league.key for league in LEAGUES if league.key in self.scores]
        early = {key: self.scores[key]["with_odds"].early for key in keys}
        return tuple(key for key, against in early.items() if against is not None and against.low > 0.0)

    def to_json(self) -> dict[str, object]:
        """The report without the single forecasts."""
        return {
            "seasons": list(self.seasons),
            "worse_than_early_odds": list(self.worse_than_early_odds),
            "scores": {
                part: {who: asdict(score) for who, score in scored.items()}
                for part, scored in self.scores.items()
            },
            "goals": {
                part: {who: asdict(score) for who, score in scored.items()}
                for part, scored in self.goals.items()
            },
            "bets": {part: asdict(bets) for part, bets in self.bets.items()},
            "bet_classes": {part: asdict(figures) for part, figures in self.bet_classes.items()},
        }


@dataclass(frozen=True, slots=True)
class WalkedEvaluation:
    """An evaluation, and the walk it comes from: members by season, and what heads learn from."""

    evaluation: Evaluation
    walk: Walk


def evaluate(
    table: Samples, tests: Sequence[int], report: Report, also: Sequence[int] = ()
) -> WalkedEvaluation:
    """The walk-forward evaluation of ``table`` over the seasons that begin in the years ``tests``.

    Members are fitted for the seasons ``also`` too, in the same walk: two at a time, one waits for none.
    Raises Refused when a test season has no matches, or none before it.
    """
    for test in tests:
        if not (table.history.season == test).any():
            raise Refused(
                f"There are no matches of season {season_name(test)} to test on.", hint="Ingest its files."
            )
    needed = {season for test in tests for season in (*head_seasons(table, test), test)}
    walked = walk(table, {*needed, *also}, report)
    model_forecasts = walked.forecasts
    rows, forecasts, over = [], [], []
    for test in sorted(tests):
        ensemble = taught(
            walked.members[test], (model_forecasts[season] for season in head_seasons(table, test))
        )
        forecasts.append(_predicted(ensemble, model_forecasts[test]))
        over.append(model_forecasts[test].over)
        rows.append(np.flatnonzero(table.history.season == test))
    chosen = np.zeros(len(table), bool)
    chosen[np.concatenate(rows)] = True
    order = np.argsort(np.concatenate(rows), kind="stable")
    pooled, totals = (
        {v: np.concatenate([season[v] for season in by_season])[order] for v in VARIANTS}
        for by_season in (forecasts, over)
    )
    matches = table.take(chosen)
    return WalkedEvaluation(score_all(matches, pooled, totals), walked)


def _predicted(ensemble: Ensemble, season: SeasonForecast) -> dict[str, Floats]:
    return {
        variant: ensemble.head.predict_proba(season.ratios[variant], season.level[variant])
        for variant in VARIANTS
    }


def score_all(matches: Samples, forecasts: Mapping[str, Floats], over: Mapping[str, Floats]) -> Evaluation:
    """The scores of ``forecasts`` and of the market, and what bets came to, on each slice of ``matches``.

    Each of ``forecasts`` is float64 [n, 3], of ``over`` [n], NaN where a source says nothing.
    """
    compared = {**forecasts, EARLY: average_odds(matches, market.PRE), CLOSING: closing_odds(matches)}
    offered = offers(matches.history, forecasts["with_odds"], compared[CLOSING])
    parts = slices(matches)
    leagues = {league.key for league in LEAGUES}
    scores = {
        part: _score_slice(matches.y[rows], {w: p[rows] for w, p in compared.items()})
        for part, rows in parts.items()
    }
    return Evaluation(
        matches=matches,
        forecasts=forecasts,
        over=over,
        scores=scores,
        goals=score_goals(matches, over, parts, (EARLY, CLOSING)),
        bets={part: summary(offered, rows) for part, rows in parts.items()},
        bet_classes={part: classes(offered, rows) for part, rows in parts.items() if part not in leagues},
        seasons=tuple(season_name(int(year)) for year in np.unique(matches.history.season)),
    )


def average_odds(matches: Samples, phase: int) -> Floats:
    """float64 [n, 3]: what the market's average price says at ``phase``; NaN where there is none."""
    return market.fair(market.book_odds(matches.history, phase)[market.AVERAGE]).T


def closing_odds(matches: Samples) -> Floats:
    """float64 [n, 3]: what the average price at kick-off says, Pinnacle's where there is none, else NaN.

    The average has been published since 2019/20, Pinnacle's since 2012/13.
    """
    books = market.book_odds(matches.history, market.CLOSE)
    average, pinnacle = market.fair(books[market.AVERAGE]).T, market.fair(books[market.PINNACLE]).T
    return np.where(np.isnan(average), pinnacle, average)


def slices(matches: Samples) -> dict[str, npt.NDArray[np.bool_]]:
    """The rows of all ``matches``, of the big five leagues, of each league and season, by the slice's name.

    Each is bool [n]. The big five are a slice of their own only where there are other leagues too.
    """
    league, season = matches.history.league, matches.history.season
    parts = {"all": np.ones(len(matches), bool)}
    big = big_five(matches.history)
    if big.any() and not big.all():
        parts[BIG_FIVE_SLICE] = big
    parts |= {LEAGUES[index].key: league == index for index in np.unique(league)}
    return parts | {season_name(int(year)): season == year for year in np.unique(season)}


def _score_slice(y: Outcomes, forecasts: Mapping[str, Floats]) -> dict[str, ForecastScore]:
    scores = {}
    for who, p in forecasts.items():
        known = ~np.isnan(p[:, 0])
        if known.any():
            scores[who] = _score(p[known], y[known], forecasts[EARLY][known], forecasts[CLOSING][known])
    return scores


def _score(p: Floats, y: Outcomes, early: Floats, close: Floats) -> ForecastScore:
    losses = metrics.log_losses(p, y)
    divergence = metrics.divergences(close, p)
    against_early, against_close, to_close, beyond_early = means_of(
        losses - metrics.log_losses(early, y),
        losses - metrics.log_losses(close, y),
        divergence,
        divergence - metrics.divergences(close, early),
    )
    return ForecastScore(
        n=len(y),
        log_loss=float(losses.mean()),
        brier=metrics.brier(p, y),
        rps=metrics.ranked_probability_score(p, y),
        accuracy=metrics.accuracy(p, y),
        calibration_error=metrics.calibration_error(p, y),
        slope=_slope(p, y),
        bias=metrics.bias(p, y),
        early=against_early,
        close=against_close,
        divergence=to_close,
        beyond_early=beyond_early,
    )


def _slope(p: Floats, y: Outcomes) -> Slope | None:
    found = metrics.calibration_slope(p, y)
    if found is None:
        return None
    slope, error = found
    return Slope(slope, slope - 1.96 * error, slope + 1.96 * error)


def newest_seasons(table: Samples, count: int) -> list[int]:
    """The last ``count`` seasons that can be tested: with a past, and a season to teach the head."""
    seasons: Iterable[int] = sorted({int(s) for s in np.unique(table.history.season)})
    return [season for season in seasons if head_seasons(table, season)][-count:]

"""The honest report: each test season foretold by an ensemble that saw strictly earlier seasons only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from model_export.ensemble import Ensemble
from model_export.fit import SEED, Report, SeasonForecast, Walk, head_seasons, taught, walk
from model_export.samples import VARIANTS, Samples
from sabiscore.domain.league import LEAGUES
from sabiscore.errors import Refused
from sabiscore.features import market
from sabiscore.history import Floats, season_name
from sabiscore.learning import metrics

Outcomes = npt.NDArray[np.int64]

EARLY, CLOSING = "early_odds", "closing_odds"
"""The market average's own forecasts, margin removed by the power method."""


@dataclass(frozen=True, slots=True)
class Against:
    """Mean log loss less another forecaster's on the same ``n`` matches, with its 95% interval."""

    n: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """How one forecaster did on ``n`` matches; ``early`` and ``close`` compare it with the market."""

    n: int
    log_loss: float
    brier: float
    rps: float
    accuracy: float
    calibration_error: float
    early: Against | None
    close: Against | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Forecasts [n, 3] of each variant beside the matches they are of, and the scores they earned.

    ``scores`` maps a slice (``all``, a league's key or a season) and a forecaster to its score.
    """

    matches: Samples
    forecasts: Mapping[str, Floats]
    scores: Mapping[str, Mapping[str, ForecastScore]]
    seasons: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The report without the single forecasts."""
        return {
            "seasons": list(self.seasons),
            "scores": {
                part: {who: asdict(score) for who, score in told.items()}
                for part, told in self.scores.items()
            },
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
    told = walked.forecasts
    rows, forecasts = [], []
    for test in sorted(tests):
        ensemble = taught(walked.members[test], (told[season] for season in head_seasons(table, test)))
        forecasts.append(_foretell(ensemble, told[test]))
        rows.append(np.flatnonzero(table.history.season == test))
    chosen = np.zeros(len(table), bool)
    chosen[np.concatenate(rows)] = True
    order = np.argsort(np.concatenate(rows), kind="stable")
    pooled = {v: np.concatenate([f[v] for f in forecasts])[order] for v in VARIANTS}
    matches = table.take(chosen)
    seasons = tuple(season_name(test) for test in sorted(tests))
    return WalkedEvaluation(Evaluation(matches, pooled, score_all(matches, pooled), seasons), walked)


def _foretell(ensemble: Ensemble, season: SeasonForecast) -> dict[str, Floats]:
    return {
        variant: ensemble.head.predict_proba(season.ratios[variant], season.level[variant])
        for variant in VARIANTS
    }


def score_all(matches: Samples, forecasts: Mapping[str, Floats]) -> dict[str, dict[str, ForecastScore]]:
    """The scores of ``forecasts`` and of the market on all ``matches``, by league and by season."""
    averages = {
        name: market.fair(market.book_odds(matches.history, phase)[market.AVERAGE]).T
        for name, phase in ((EARLY, market.PRE), (CLOSING, market.CLOSE))
    }
    told = {**forecasts, **averages}
    slices = {"all": np.ones(len(matches), bool)}
    for index in np.unique(matches.history.league):
        slices[LEAGUES[index].key] = matches.history.league == index
    for season in np.unique(matches.history.season):
        slices[season_name(int(season))] = matches.history.season == season
    return {
        part: _score_slice(matches.y[rows], {w: p[rows] for w, p in told.items()})
        for part, rows in slices.items()
    }


def _score_slice(y: Outcomes, told: Mapping[str, Floats]) -> dict[str, ForecastScore]:
    scores = {}
    for who, p in told.items():
        known = ~np.isnan(p[:, 0])
        if known.any():
            scores[who] = _score(p[known], y[known], told[EARLY][known], told[CLOSING][known])
    return scores


def _score(p: Floats, y: Outcomes, early: Floats, close: Floats) -> ForecastScore:
    losses = metrics.log_losses(p, y)
    return ForecastScore(
        n=len(y),
        log_loss=float(losses.mean()),
        brier=metrics.brier(p, y),
        rps=metrics.ranked_probability_score(p, y),
        accuracy=metrics.accuracy(p, y),
        calibration_error=metrics.calibration_error(p, y),
        early=_against(losses, early, y),
        close=_against(losses, close, y),
    )


def _against(losses: Floats, other: Floats, y: Outcomes) -> Against | None:
    """The comparison on the matches that ``other`` is known for; None where there are none."""
    known = ~np.isnan(other[:, 0])
    if not known.any():
        return None
    differences = losses[known] - metrics.log_losses(other[known], y[known])
    return Against(int(known.sum()), float(differences.mean()), *metrics.interval(differences, SEED))


def newest_seasons(table: Samples, count: int) -> list[int]:
    """The last ``count`` seasons that can be tested: with a past, and a season to teach the head."""
    seasons: Iterable[int] = sorted({int(s) for s in np.unique(table.history.season)})
    return [season for season in seasons if head_seasons(table, season)][-count:]

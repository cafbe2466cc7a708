"""What the bundle in production showed before it was released: forecasts of seasons that it had not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from sabiscore.domain.league import SERVED
from sabiscore.insights.document import Document, Probability

FORECASTERS = ("with_odds", "past_odds", "no_odds", "early_odds", "closing_odds")
"""Ours by what they know, and the market's average prices, early and at kick-off."""


class MarketDifference(Document):
    """A mean log loss less the market's on the same matches, with its 95% bootstrap interval."""

    n: int = Field(ge=1)
    difference: float = Field(description="Below 0 ours was lower.")
    low: float
    high: float


class EvaluationScores(Document):
    """How one forecaster did. Scores are means a match, the lower the better."""

    n: int = Field(ge=1)
    log_loss: float
    brier: float = Field(description="Squared error summed over the three classes.")
    rps: float = Field(description="Ranked probability score.")
    accuracy: Probability
    calibration_error: float
    against_early_odds: MarketDifference | None
    against_closing_odds: MarketDifference | None


class BundleEvaluation(Document):
    """Walk-forward: each season was predicted by an ensemble fitted on strictly earlier ones.

    Forecasters are `with_odds`, `past_odds` and `no_odds` (ours, by what they know), `early_odds` and
    `closing_odds` (the market's average, margin removed). It is no record: nothing of it was sealed.
    """

    bundle: str
    seasons: tuple[str, ...]
    all: dict[str, EvaluationScores] = Field(description="By forecaster, over all leagues.")
    by_league: dict[str, dict[str, EvaluationScores]] = Field(description="By league, then forecaster.")
    by_season: dict[str, dict[str, EvaluationScores]] = Field(description="By season, then forecaster.")


def evaluation_of(version: str, metrics: Mapping[str, Any]) -> BundleEvaluation | str:
    """What ``metrics`` of the manifest of ``version`` hold, or the reason why there is nothing to show."""
    if not metrics:
        return "No bundle is in production whose evaluation can be read."
    try:
        slices, seasons = metrics["scores"], tuple(metrics["seasons"])
        return BundleEvaluation(
            bundle=version,
            seasons=seasons,
            all=_scores(slices["all"]),
            by_league={league.key: _scores(slices[league.key]) for league in SERVED if league.key in slices},
            by_season={season: _scores(slices[season]) for season in seasons if season in slices},
        )
    except (KeyError, TypeError, ValueError):
        return f"The evaluation of bundle {version} is not of a form that can be shown."


def _scores(forecasters: Mapping[str, Mapping[str, Any]]) -> dict[str, EvaluationScores]:
    return {name: _score(forecasters[name]) for name in FORECASTERS if name in forecasters}


def _score(score: Mapping[str, Any]) -> EvaluationScores:
    return EvaluationScores(
        n=score["n"],
        log_loss=score["log_loss"],
        brier=score["brier"],
        rps=score["rps"],
        accuracy=score["accuracy"],
        calibration_error=score["calibration_error"],
        against_early_odds=_difference(score["early"]),
        against_closing_odds=_difference(score["close"]),
    )


def _difference(plain: Mapping[str, Any] | None) -> MarketDifference | None:
    if plain is None:
        return None
    return MarketDifference(
        n=plain["n"], difference=plain["difference"], low=plain["low"], high=plain["high"]
    )

"""What the bundle showed before its release stands beside the record, and is never taken for it."""

from __future__ import annotations

from typing import Any

import pytest

from sabiscore.insights.evaluation import FORECASTERS
from tests.support.served import world


def score(log_loss: float, **changes: Any) -> dict[str, Any]:
    early = {"n": 100, "difference": -0.001, "low": -0.003, "high": 0.001}
    known = {"n": 120, "brier": 0.58, "rps": 0.2, "accuracy": 0.53, "calibration_error": 0.01}
    return {**known, "log_loss": log_loss, "early": early, "close": None, "slope": None, **changes}


METRICS = {
    "seasons": ["2324", "2425"],
    "scores": {
        name: {forecaster: score(0.9 + place / 100) for place, forecaster in enumerate(FORECASTERS)}
        for name in ("all", "big-five", "epl", "2324", "2425")
    },
}


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def performance(served) -> dict[str, Any]:
    return served.client.get("/api/v1/performance").json()


def test_before_the_first_result_the_evaluation_is_there_by_league_and_season(served):
    served.models.evaluated = METRICS
    document = performance(served)
    assert document["all"] == {"predictions": None, "bets": None}, "it is no record"
    evaluation = document["evaluation"]
    assert (evaluation["bundle"], evaluation["seasons"]) == ("1.2.3", ["2324", "2425"])
    assert list(evaluation["all"]) == list(FORECASTERS)
    assert evaluation["by_league"]["epl"]["with_odds"]["log_loss"] == 0.9
    assert list(evaluation["by_league"]) == ["epl"]
    assert list(evaluation["by_season"]) == ["2324", "2425"]
    assert evaluation["all"]["with_odds"]["against_early_odds"]["difference"] == -0.001
    assert evaluation["all"]["with_odds"]["against_closing_odds"] is None


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        ({}, "No bundle is in production whose evaluation can be read."),
        ({"scores": {}}, "The evaluation of bundle 1.2.3 is not of a form that can be shown."),
        (
            {"seasons": ["2425"], "scores": {"all": {"with_odds": score(-1.0, n=0)}}},
            "The evaluation of bundle 1.2.3 is not of a form that can be shown.",
        ),
    ],
)
def test_an_evaluation_that_cannot_be_shown_is_null_with_the_reason(served, metrics, reason):
    served.models.evaluated = metrics
    document = performance(served)
    assert document["evaluation"] is None
    assert document["unknown"]["evaluation"] == reason


def test_another_bundle_shows_its_own(served):
    served.models.evaluated = METRICS
    assert performance(served)["evaluation"]["bundle"] == "1.2.3"
    served.models.model.version = "1.3.0"
    assert performance(served)["evaluation"]["bundle"] == "1.3.0"

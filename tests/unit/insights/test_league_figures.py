"""What a bundle's evaluation says of a league, and what is said where it says nothing."""

from __future__ import annotations

import pytest

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.insights.document import LeagueFigures
from sabiscore.insights.league_figures import league_figures

EPL = LEAGUE_BY_KEY["epl"]


def metrics(*, n: int = 1140, low: float = -0.002, high: float = 0.001) -> dict[str, object]:
    early = {"n": n, "difference": (low + high) / 2, "low": low, "high": high}
    scores = {"with_odds": {"log_loss": 0.97, "early": early}, "early_odds": {"log_loss": 0.975}}
    return {"seasons": ["2324", "2425"], "scores": {"epl": scores}}


def test_figures_are_of_the_held_out_matches_that_had_early_odds():
    assert league_figures(metrics(), EPL) == LeagueFigures(
        seasons=("2324", "2425"),
        n=1140,
        log_loss=0.9745,
        early_odds_log_loss=0.975,
        difference=-0.0005,
        low=-0.002,
        high=0.001,
        worse_than_early_odds=False,
    )


@pytest.mark.parametrize(("low", "high", "worse"), [(0.0001, 0.003, True), (0.0, 0.003, False)])
def test_a_league_is_worse_where_the_whole_interval_lies_above_zero(low, high, worse):
    figures = league_figures(metrics(low=low, high=high), EPL)
    assert figures.worse_than_early_odds is worse


def test_few_matches_give_no_figures():
    assert (
        league_figures(metrics(n=299), EPL) == "Only 299 held-out matches of Premier League had early odds."
    )


def test_a_league_without_early_odds_says_so():
    known = metrics()
    known["scores"]["epl"]["with_odds"]["early"] = None
    assert "early odds of Premier League are not known" in league_figures(known, EPL)


@pytest.mark.parametrize(
    "unusable", [{"scores": {}}, {"scores": None}, {"scores": {"epl": {}}, "seasons": []}]
)
def test_a_bundle_that_says_nothing_of_a_league_is_no_fault(unusable):
    assert league_figures(unusable, EPL) == "The bundle in production was not evaluated on Premier League."


def test_without_figures_that_can_be_read_there_is_another_reason():
    assert league_figures({}, EPL) == "No bundle is in production whose figures can be read."

"""What an evaluation may know, and what it says: on a made-up history, with the real recipe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model_export import evaluate as evaluation
from model_export.ensemble import knowledge
from model_export.evaluate import Against, WalkedEvaluation, evaluate, newest_seasons
from model_export.members import EXPERTS, fit_linear
from model_export.samples import VARIANTS, Samples, as_seen, samples
from model_export.train import refuse_worse_than_odds
from sabiscore.errors import Refused
from sabiscore.features import vector
from sabiscore.identity.leagues import find_league
from tests.support.histories import made_up

LEAGUES = tuple(find_league(key) for key in ("epl", "laliga", "bundesliga", "serie-a", "ligue-1"))
HISTORY = made_up(5, ("E0", "SP1", "D1", "I1", "F1"))
TEST = 2018


def quietly(what: str, done: float) -> None:
    assert what
    assert 0.0 <= done <= 1.0


@pytest.fixture(scope="module")
def table() -> Samples:
    return samples(HISTORY, LEAGUES)[0]


@pytest.fixture(scope="module")
def walked(table: Samples) -> WalkedEvaluation:
    return evaluate(table, [TEST], quietly)


def test_forecasts_are_probabilities_of_every_match_of_the_season(
    walked: WalkedEvaluation, table: Samples
) -> None:
    report = walked.evaluation
    assert len(report.matches) == (table.history.season == TEST).sum()
    for variant in VARIANTS:
        p = report.forecasts[variant]
        assert p.shape == (len(report.matches), 3)
        assert (p > 0).all()
        assert p.sum(axis=1) == pytest.approx(1.0)


def test_the_last_results_of_the_season_tested_change_no_forecast(walked: WalkedEvaluation) -> None:
    goals = HISTORY.goals.copy()
    last = HISTORY.day == HISTORY.day.max()
    goals[last] = goals[last][:, ::-1] + 3.0
    other = samples(replace(HISTORY, goals=goals), LEAGUES)[0]
    again = evaluate(other, [TEST], quietly).evaluation
    for variant in VARIANTS:
        assert np.array_equal(again.forecasts[variant], walked.evaluation.forecasts[variant])


def test_variants_differ_where_there_is_a_market_and_agree_where_there_is_none(
    walked: WalkedEvaluation,
) -> None:
    report = walked.evaluation
    unpriced = np.isnan(report.matches.history.odds[:, 0, :, 0]).all(axis=1)
    with_odds, past_odds = report.forecasts["with_odds"], report.forecasts["past_odds"]
    assert np.array_equal(with_odds[unpriced], past_odds[unpriced])
    assert (np.abs(with_odds - past_odds)[~unpriced] > 1e-6).any(axis=1).mean() > 0.99


def test_scores_cover_all_leagues_and_the_season_and_name_the_market(walked: WalkedEvaluation) -> None:
    scores = walked.evaluation.scores
    assert set(scores) == {"all", "1819", *(league.key for league in LEAGUES)}
    everything = scores["all"]
    assert set(everything) == {*VARIANTS, evaluation.EARLY, evaluation.CLOSING}
    assert everything[evaluation.CLOSING].close == Against(everything[evaluation.CLOSING].n, 0.0, 0.0, 0.0)
    assert everything["no_odds"].n == len(walked.evaluation.matches)


def test_a_season_without_matches_is_refused(table: Samples) -> None:
    with pytest.raises(Refused, match="2324"):
        evaluate(table, [2023], quietly)


def test_a_first_season_cannot_be_tested(table: Samples) -> None:
    with pytest.raises(Refused, match="are needed"):
        evaluate(table, [2014], quietly)
    assert newest_seasons(table, 9) == [2017, 2018]


def test_the_gate_refuses_what_is_worse_than_the_odds_beyond_chance(walked: WalkedEvaluation) -> None:
    report = walked.evaluation
    score = report.scores["all"]["with_odds"]

    def judged(against: Against | None) -> None:
        scores = {"all": {"with_odds": replace(score, early=against)}}
        refuse_worse_than_odds(replace(report, scores=scores))

    judged(None)
    judged(Against(500, 0.001, -0.001, 0.003))
    with pytest.raises(Refused, match="worse than the odds themselves"):
        judged(Against(500, 0.004, 0.001, 0.007))


def test_each_expert_sees_only_what_its_level_knows() -> None:
    groups = [{name.split(".")[0] for name in expert.columns} for expert in EXPERTS]
    assert not groups[0] & {"market_past", "market_now", "panic"}
    assert not groups[1] & {"market_now", "panic"}


def test_a_book_that_goes_missing_moves_the_linear_member_little(table: Samples) -> None:
    linear = fit_linear(table.learnable(2005, TEST), TEST)
    season = table.season(TEST)
    dropped = season.X.copy()
    dropped[:, [i for i, name in enumerate(vector.NAMES) if "ps_off" in name]] = np.nan
    level = knowledge(season.X, vector.FLAGS)
    moved = linear.predict_proba(dropped, level) - linear.predict_proba(season.X, level)
    assert np.abs(moved).max() < 0.03


def test_lots_show_every_level(table: Samples) -> None:
    from model_export.members import by_lot

    levels = knowledge(by_lot(table.X, seed=3), vector.FLAGS)
    assert (np.bincount(levels, minlength=3) > len(table) / 6).all()
    assert np.array_equal(by_lot(table.X, 3), by_lot(table.X, 3), equal_nan=True)
    assert set(np.unique(knowledge(as_seen(table.X, "no_odds"), vector.FLAGS))) == {0}

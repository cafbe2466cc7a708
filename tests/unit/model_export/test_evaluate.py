"""What an evaluation may know, and what it says: on a made-up history, with the real recipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from model_export import evaluate as evaluation
from model_export import gates
from model_export.against import Against
from model_export.bundle import write_bundle
from model_export.ensemble import knowledge
from model_export.evaluate import WalkedEvaluation, closing_odds, evaluate, newest_seasons, slices
from model_export.gates import GateVerdict, judge, refuse
from model_export.goals import closing_totals
from model_export.held_out import HeldOut, held_out, match_ids, pair
from model_export.members import EXPERTS, drawn, fit_linear, match_weights
from model_export.samples import VARIANTS, Samples, as_seen, big_five, samples
from sabiscore.errors import BadBundle, Refused
from sabiscore.features import vector
from sabiscore.identity.leagues import find_league
from tests.support.ensembles import release
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


def bundle_with(folder: Path, kept: bytes | None) -> Path:
    """A bundle in ``folder`` that keeps these held-out forecasts."""
    folder.mkdir(parents=True, exist_ok=True)
    made = replace(release(folder), held_out=kept)
    return write_bundle(made, folder, "1.0.0", datetime(2026, 1, 1, tzinfo=UTC))


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
        assert np.array_equal(again.over[variant], walked.evaluation.over[variant])


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


def test_the_big_five_are_a_slice_where_there_are_other_leagues_too() -> None:
    history = made_up(5, ("E0", "E1", "SP1"))
    matches = samples(history, tuple(find_league(key) for key in ("epl", "championship", "laliga")))[0]
    parts = slices(matches)
    assert list(parts)[:2] == ["all", "big-five"]
    assert (parts["big-five"] == parts["epl"] | parts["laliga"]).all()
    assert "big-five" not in slices(matches.take(parts["big-five"]))


def test_a_league_that_loses_to_the_early_odds_beyond_chance_is_named(walked: WalkedEvaluation) -> None:
    report = walked.evaluation
    scores = {part: dict(by) for part, by in report.scores.items()}
    for league, low in (("epl", 0.001), ("laliga", -0.001), ("serie-a", 0.0)):
        early = Against(380, 0.002, low, 0.003)
        scores[league]["with_odds"] = replace(scores[league]["with_odds"], early=early)
    for league in ("bundesliga", "ligue-1"):
        scores[league]["with_odds"] = replace(scores[league]["with_odds"], early=None)
    judged = replace(report, scores=scores)
    assert judged.worse_than_early_odds == ("epl",)
    assert judged.to_json()["worse_than_early_odds"] == ["epl"]


def test_a_season_without_matches_is_refused(table: Samples) -> None:
    with pytest.raises(Refused, match="2324"):
        evaluate(table, [2023], quietly)


def test_a_first_season_cannot_be_tested(table: Samples) -> None:
    with pytest.raises(Refused, match="are needed"):
        evaluate(table, [2014], quietly)
    assert newest_seasons(table, 9) == [2017, 2018]


def test_the_gates_refuse_what_is_worse_than_the_odds_beyond_chance(walked: WalkedEvaluation) -> None:
    report = walked.evaluation
    score = report.scores["all"]["with_odds"]

    def objections(early: Against | None, beyond_early: Against | None = None) -> tuple[str, ...]:
        scores = {"all": {"with_odds": replace(score, early=early, beyond_early=beyond_early)}}
        return judge(replace(report, scores=scores), None).objections

    assert objections(None) == objections(Against(500, 0.001, -0.001, 0.003)) == ()
    assert "worse than the odds themselves" in objections(Against(500, 0.004, 0.001, 0.007))[0]
    assert "farther from the close" in objections(None, Against(1000, 0.0004, 0.0001, 0.0007))[0]
    assert not objections(None, Against(999, 0.0004, 0.0001, 0.0007))


def test_the_gates_refuse_goals_that_are_farther_from_the_close_than_the_odds(
    walked: WalkedEvaluation,
) -> None:
    report = walked.evaluation
    score = report.goals["all"]["with_odds"]

    def objections(beyond_early: Against | None) -> tuple[str, ...]:
        goals = {"all": {"with_odds": replace(score, beyond_early=beyond_early)}}
        return judge(replace(report, goals=goals), None).objections

    (said,) = objections(Against(1000, 0.0004, 0.0001, 0.0007))
    assert "over/under 2.5 is farther from the close than the odds by +0.00040" in said
    by_chance, rounded = Against(1000, 0.0004, -0.0001, 0.0009), Against(1000, 4e-9, 1e-9, 7e-9)
    for sound in (None, Against(999, 0.0004, 0.0001, 0.0007), by_chance, rounded):
        assert objections(sound) == ()


def test_an_objection_refuses_unless_a_reason_is_given() -> None:
    refuse(GateVerdict((), ""), None)
    refuse(GateVerdict(("Worse.",), ""), "the feed changed its columns")
    with pytest.raises(Refused, match="It is not released"):
        refuse(GateVerdict(("Worse.",), ""), None)


def test_the_gates_refuse_what_is_farther_from_the_close_than_production(
    walked: WalkedEvaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "LEAST_CLOSES", 100)  # a made-up season has no thousand matches
    report = walked.evaluation
    close = closing_odds(report.matches)
    known = ~np.isnan(close[:, 0])
    better = {v: np.where(known[:, None], close, p) for v, p in report.forecasts.items()}
    folder = bundle_with(tmp_path, replace(held_out(report), forecasts=better).to_bytes())
    verdict = judge(report, folder)
    assert {objection.split()[0] for objection in verdict.objections} >= set(VARIANTS)
    assert "1.0.0" in verdict.beside_production
    closing = closing_totals(report.matches)
    better_over = {v: np.where(np.isnan(closing), p, closing) for v, p in report.over.items()}
    surer = bundle_with(tmp_path / "over", replace(held_out(report), over=better_over).to_bytes())
    of_goals = [said for said in judge(report, surer).objections if "production" in said]
    assert [said.split(" is ")[0] for said in of_goals] == [f"over/under 2.5 {v}" for v in VARIANTS]
    same = judge(report, bundle_with(tmp_path / "same", held_out(report).to_bytes()))
    assert not any("production" in objection for objection in same.objections)
    older = judge(report, bundle_with(tmp_path / "older", None))
    assert "keeps no forecasts" in older.beside_production
    no_goals = judge(
        report, bundle_with(tmp_path / "no-goals", replace(held_out(report), over={}).to_bytes())
    )
    assert "It keeps no forecasts of over/under 2.5." in no_goals.beside_production
    assert no_goals.objections == same.objections


def uniform(ids: tuple[str, ...]) -> HeldOut:
    """Held-out forecasts of the matches ``ids`` that know nothing."""
    n = len(ids)
    return HeldOut(
        ids, dict.fromkeys(VARIANTS, np.full((n, 3), 1 / 3)), dict.fromkeys(VARIANTS, np.full(n, 0.5))
    )


def test_pairing_two_evaluations_is_the_difference_match_by_match(walked: WalkedEvaluation) -> None:
    report = walked.evaluation
    y, ours = report.matches.y, report.forecasts["no_odds"]
    other = uniform(match_ids(report.matches.history)[:100])
    paired = pair(report, other)["no_odds"]
    assert paired.log_loss is not None
    assert paired.log_loss.n == 100
    wanted = (-np.log(ours[np.arange(100), y[:100]]) - np.log(3)).mean()
    assert paired.log_loss.difference == pytest.approx(wanted)
    with pytest.raises(Refused, match="no match in common"):
        pair(report, uniform(("epl-1011-a-b",)))


def test_pairing_carries_over_and_under_where_both_kept_them(walked: WalkedEvaluation) -> None:
    report = walked.evaluation
    other = uniform(match_ids(report.matches.history)[100:250])
    rows = slice(100, 250)
    over, under = report.over["past_odds"][rows], report.matches.under[rows]
    paired = pair(report, other)["past_odds"]
    assert paired.over_log_loss is not None
    assert paired.over_log_loss.n == 150
    wanted = (-np.log(np.where(under == 0, over, 1.0 - over)) - np.log(2)).mean()
    assert paired.over_log_loss.difference == pytest.approx(wanted)
    close = closing_totals(report.matches)[rows]
    known = ~np.isnan(close)
    nearer = close * np.log(0.5 / over) + (1.0 - close) * np.log(0.5 / (1.0 - over))
    assert paired.over_divergence is not None
    assert paired.over_divergence.n == known.sum() > 0
    assert paired.over_divergence.difference == pytest.approx(nearer[known].mean())
    without = pair(report, replace(other, over={}))["past_odds"]
    assert (without.over_divergence, without.over_log_loss) == (None, None)
    assert without.log_loss == paired.log_loss


def test_held_out_forecasts_survive_being_written(walked: WalkedEvaluation) -> None:
    kept = held_out(walked.evaluation)
    again = HeldOut.from_bytes(kept.to_bytes())
    assert again.ids == kept.ids
    assert again.forecasts["no_odds"] == pytest.approx(kept.forecasts["no_odds"], abs=1e-7)
    assert again.over["past_odds"] == pytest.approx(kept.over["past_odds"], abs=1e-7)
    assert HeldOut.from_bytes(replace(kept, over={}).to_bytes()).over == {}
    for broken in (b"", b"PK", kept.to_bytes()[:-200]):
        with pytest.raises(BadBundle, match="no forecasts"):
            HeldOut.from_bytes(broken)
    of_others = replace(kept, over=dict.fromkeys(VARIANTS, np.full(3, 0.5)))
    with pytest.raises(BadBundle, match="other matches"):
        HeldOut.from_bytes(of_others.to_bytes())


def test_divergence_slope_and_bias_are_reported_for_every_forecaster(walked: WalkedEvaluation) -> None:
    scores = walked.evaluation.scores["all"]
    closing = scores[evaluation.CLOSING]
    assert closing.divergence is not None
    assert closing.divergence.difference == pytest.approx(0.0)
    for score in scores.values():
        assert score.slope is not None
        assert score.slope.low < score.slope.value < score.slope.high
        assert sum(score.bias) == pytest.approx(0.0)
        assert score.divergence is not None
        assert score.divergence.difference >= 0.0


def test_each_expert_sees_only_what_its_level_knows() -> None:
    groups = [{name.split(".")[0] for name in expert.columns} for expert in EXPERTS]
    assert not groups[0] & {"market_past", "market_now", "panic"}
    assert not groups[1] & {"market_now", "panic"}


def test_a_book_that_goes_missing_moves_the_linear_member_little(table: Samples) -> None:
    linear = fit_linear(table, table.learnable(2005, TEST), TEST)
    season = table.season(TEST)
    dropped = season.X.copy()
    dropped[:, [i for i, name in enumerate(vector.NAMES) if "ps_off" in name]] = np.nan
    level = knowledge(season.X, vector.FLAGS)
    moved = linear.predict_proba(dropped, level) - linear.predict_proba(season.X, level)
    assert np.abs(moved).max() < 0.03


def test_trees_learn_from_so_many_matches_at_most_in_order(table: Samples) -> None:
    rows = table.learnable(2005, TEST)
    fewer = table.take(drawn(rows, 100, 1))
    assert len(fewer) == 100
    assert (np.diff(fewer.history.day) >= 0).all()
    assert (fewer.history.season < TEST).all()
    assert drawn(rows, len(table), 1) is rows


def test_a_match_counts_less_the_older_it_is_and_outside_the_big_five() -> None:
    history = made_up(2, ("E0", "E1"))
    weights = match_weights(history, 2016)
    by_kind = {
        (int(season), bool(big)): weight
        for season, big, weight in zip(history.season, big_five(history), weights, strict=True)
    }
    assert by_kind == pytest.approx(
        {(2015, True): 1.0, (2014, True): 0.93, (2015, False): 0.4, (2014, False): 0.4 * 0.93}
    )


def test_lots_show_every_level(table: Samples) -> None:
    from model_export.members import by_lot

    levels = knowledge(by_lot(table.X, seed=3), vector.FLAGS)
    assert (np.bincount(levels, minlength=3) > len(table) / 6).all()
    assert np.array_equal(by_lot(table.X, 3), by_lot(table.X, 3), equal_nan=True)
    assert set(np.unique(knowledge(as_seen(table.X, "no_odds"), vector.FLAGS))) == {0}

"""The totals member and the figures of three goals or more, on a made-up history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model_export.ensemble import knowledge
from model_export.evaluate import slices
from model_export.goals import closing_totals, early_totals, score_goals
from model_export.samples import VARIANTS, Samples, as_seen, samples
from model_export.teacher import fair_totals
from model_export.totals import EXPERTS, fit_totals
from sabiscore.domain.match import LINE_BOOKS
from sabiscore.features import market, vector
from sabiscore.history import blank
from sabiscore.identity.leagues import find_league
from tests.support.histories import made_up

LEAGUES = tuple(find_league(key) for key in ("epl", "laliga", "bundesliga", "serie-a", "ligue-1"))
TEST = 2018
NAMES = ("early", "close")


@pytest.fixture(scope="module")
def table() -> Samples:
    return samples(made_up(5, ("E0", "SP1", "D1", "I1", "F1")), LEAGUES)[0]


def test_a_match_teaches_nine_parts_of_its_closing_totals_and_one_of_its_goals(table: Samples) -> None:
    closes = fair_totals(table.history)
    known = ~np.isnan(closes[:, 0])
    assert 0 < known.sum() < len(table)
    over = (table.history.goals.sum(axis=1) > 2.5).astype(float)
    assert table.totals[known, 0] == pytest.approx(0.9 * closes[known, 0] + 0.1 * over[known])
    assert np.array_equal(table.totals[~known, 0], over[~known])
    assert table.totals.sum(axis=1) == pytest.approx(1.0)


def test_early_totals_teach_where_there_are_no_closing_ones() -> None:
    history = blank(2, ("a", "b"))
    history.totals[:, market.PRE, LINE_BOOKS.index("avg")] = 1.5, 3.0
    history.totals[0, market.CLOSE, LINE_BOOKS.index("ps")] = 2.0, 2.0
    closes = fair_totals(history)
    assert closes[0] == pytest.approx((0.5, 0.5))
    assert closes[1, 0] > 0.6


def test_each_expert_sees_only_what_its_level_knows() -> None:
    groups = [{name.split(".")[0] for name in expert.columns} for expert in EXPERTS]
    assert not groups[0] & {"market_past", "market_now", "panic"}
    assert not groups[1] & {"market_now", "panic"}


def test_a_match_whose_totals_have_no_price_is_foretold_from_past_ones(table: Samples) -> None:
    member = fit_totals(table, table.learnable(2005, TEST), TEST)
    season = table.season(TEST)
    X = season.X[knowledge(season.X, vector.FLAGS) == 2]
    level = knowledge(X, vector.FLAGS)
    unpriced = X.copy()
    unpriced[:, vector.INDEX["market_now.over_gap"]] = np.nan
    priced, guessed = member.predict_proba(X, level)[:, 0], member.predict_proba(unpriced, level)[:, 0]
    past_only = as_seen(X, "past_odds")
    past = member.predict_proba(past_only, knowledge(past_only, vector.FLAGS))[:, 0]
    expected = 1.0 / (1.0 + np.exp(-X[:, vector.INDEX["market_past.over"]].astype(np.float64)))
    assert np.abs(guessed - expected).mean() < 0.03
    assert np.abs(guessed - past).mean() < np.abs(priced - past).mean()
    assert (guessed != priced).mean() > 0.5


def test_goal_figures_compare_with_the_market_match_by_match(table: Samples) -> None:
    matches = table.season(TEST)
    close = closing_totals(matches)
    known = ~np.isnan(close)
    forecasts = dict.fromkeys(VARIANTS, np.full(len(matches), 0.6))
    scores = score_goals(matches, forecasts, slices(matches), NAMES)
    assert set(scores) == {"all", "1819", *(league.key for league in LEAGUES)}
    score, of_close = scores["all"]["no_odds"], scores["all"]["close"]
    over = 1 - matches.under
    wanted = close[known] * np.log(close[known] / 0.6) + (1 - close[known]) * np.log((1 - close[known]) / 0.4)
    assert score.divergence is not None
    assert (score.divergence.n, score.divergence.difference) == (known.sum(), pytest.approx(wanted.mean()))
    assert score.divergence.low < score.divergence.difference < score.divergence.high
    assert score.log_loss == pytest.approx(-np.log(np.where(over == 1, 0.6, 0.4)).mean())
    assert score.bias == pytest.approx(0.6 - over.mean())
    assert of_close.n == known.sum()
    assert of_close.divergence is not None
    assert of_close.divergence.difference == pytest.approx(0.0)
    assert scores["all"]["early"].n == (~np.isnan(early_totals(matches))).sum()


def test_seasons_without_prices_of_totals_have_no_comparison(table: Samples) -> None:
    matches = table.season(TEST)
    bare = replace(
        matches, history=replace(matches.history, totals=np.full_like(matches.history.totals, np.nan))
    )
    scores = score_goals(bare, {"no_odds": np.full(len(bare), 0.5)}, slices(bare), NAMES)["all"]
    assert set(scores) == {"no_odds"}
    assert scores["no_odds"].divergence is scores["no_odds"].early is None
    assert scores["no_odds"].log_loss == pytest.approx(np.log(2))

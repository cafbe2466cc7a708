from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model_export.bets import ADVISED, classes, offers, spread, summary, takeable
from sabiscore.domain.match import BOOKS
from sabiscore.domain.uncertainty import ASSUMED_DIVERGENCE, after_wait
from sabiscore.domain.value import EXCHANGE_COMMISSION
from sabiscore.history import History, blank
from sabiscore.learning import metrics


def priced() -> History:
    """Three matches: one with two books, one with the exchange too, one with the market's figures only."""
    history = blank(3, ("a", "b"))
    history.odds[:, 0, BOOKS.index("max")] = 9.0
    history.odds[:2, 0, BOOKS.index("b365")] = (2.2, 3.4, 3.6)
    history.odds[:2, 0, BOOKS.index("wh")] = (2.1, 3.5, 3.5)
    history.odds[1, 0, BOOKS.index("bfe")] = (2.4, 3.5, 3.7)
    return history


def test_only_a_single_books_price_can_be_taken_and_the_exchange_keeps_its_share() -> None:
    odds = takeable(priced())
    assert odds[0] == pytest.approx([2.2, 3.5, 3.6])
    assert odds[1] == pytest.approx([1 + 1.4 * (1 - EXCHANGE_COMMISSION), 3.5, 3.6])
    assert np.isnan(odds[2]).all()


def test_bets_are_edges_from_the_threshold_to_the_last_credible_one_with_a_close() -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.5, 0.3, 0.2]])
    close = np.array([[0.48, 0.27, 0.25], [np.nan] * 3, [0.5, 0.3, 0.2]])
    offered = offers(priced(), p, close)
    assert np.isin(offered.of_class, ADVISED).tolist() == [[True, False, False], [False] * 3, [False] * 3]
    assert np.isfinite(offered.value).tolist() == (offered.of_class != "").tolist()
    summary_ = summary(offered, np.ones(3, bool))
    assert (summary_.n, summary_.suspect) == (1, 0)
    assert summary_.closing_line_value == pytest.approx(2.2 * 0.48 - 1)
    assert summary(offered, np.array([False, True, True])).closing_line_value is None


def test_an_edge_that_is_too_good_is_counted_as_suspect() -> None:
    p, close = np.array([[0.55, 0.25, 0.2]] * 3), np.array([[0.5, 0.3, 0.2]] * 3)
    assert summary(offers(priced(), p, close), np.array([True, False, False])).suspect == 1


SEASONS, LEAGUES_OF, EACH = (2018, 2019, 2020), (0, 4), 1500


def market_of(seed: int, divergence: float) -> tuple[History, np.ndarray, np.ndarray]:
    """Matches with forecasts and fair closes [n, 3]: shares of 1/d trials, and a book that is off by 5%.

    The close is what is true of each match, the forecast an estimate of it with that mean divergence.
    """
    rng = np.random.default_rng(seed)
    n = EACH * len(SEASONS) * len(LEAGUES_OF)
    forecast = rng.dirichlet((8.0, 5.0, 6.0), n)
    close = np.array([rng.dirichlet(p / divergence) for p in forecast])
    history = blank(n, ("a", "b"))
    history.season[:] = np.repeat(SEASONS, n // len(SEASONS))
    history.league[:] = np.tile(LEAGUES_OF, n // len(LEAGUES_OF))
    history.odds[:, 0, BOOKS.index("b365")] = 0.95 / forecast * np.exp(rng.normal(0, 0.05, (n, 3)))
    return history, forecast, close


def test_classes_are_ordered_by_closing_line_value_beyond_chance_where_forecasts_are_sound() -> None:
    history, forecast, close = market_of(7, 0.003)
    offered = offers(history, forecast, close)
    for rows in (np.ones(len(history), bool), *(history.season == season for season in SEASONS)):
        found = classes(offered, rows)
        marginal, value, premium = (found.by_class[name] for name in ("MARGINAL", "VALUE", "PREMIUM"))
        assert marginal.high < value.low < value.high < premium.low
        assert found.premium_less_value.low > 0
        assert premium.suspect == 0
        both = summary(offered, rows)
        assert both.n == value.n + premium.n + found.by_class["SUSPECT"].n
        assert both.suspect == found.by_class["SUSPECT"].n


def test_a_class_that_came_to_nothing_else_than_another_is_not_said_to_be_apart() -> None:
    history, forecast, close = market_of(7, 0.003)
    offered = offers(history, forecast, close)
    alike = np.where(offered.of_class == "", np.nan, np.random.default_rng(1).normal(0.05, 0.1, close.shape))
    gap = classes(replace(offered, value=alike), np.ones(len(history), bool)).premium_less_value
    assert gap.low < 0 < gap.high


def test_without_a_bet_of_each_class_nothing_is_said_of_their_distance() -> None:
    history, forecast, close = market_of(7, 0.003)
    found = classes(offers(history, forecast, close), np.zeros(len(history), bool))
    assert found.premium_less_value is None
    assert {figures.n for figures in found.by_class.values()} == {0}


def test_how_uncertain_a_forecast_is_comes_from_the_other_seasons_of_its_league() -> None:
    history, forecast, close = market_of(3, 0.003)
    held = history.season == 2018
    before = spread(history, forecast, close)
    assert before == pytest.approx(0.003, rel=0.1)
    assert {len(np.unique(before[history.league == league])) for league in LEAGUES_OF} == {len(SEASONS)}
    changed = np.where(held[:, None], forecast, close)
    after = spread(history, forecast, changed)
    assert (after[held] == before[held]).all()
    assert (after[~held] != before[~held]).all()


def test_a_league_or_a_season_alone_is_as_uncertain_as_all_others_or_as_is_assumed() -> None:
    history, forecast, close = market_of(3, 0.003)
    first = history.season == 2018
    assert (spread(history.take(first), forecast[first], close[first]) == ASSUMED_DIVERGENCE).all()
    missing = (history.league == LEAGUES_OF[0]) & ~first
    known = np.where(missing[:, None], np.nan, close)
    found = spread(history, forecast, known)
    others = metrics.divergences(known, forecast)[~first & ~missing].mean()
    assert found[first] == pytest.approx(others)


def test_a_forecast_is_the_less_certain_the_longer_before_kick_off_its_prices_are_of() -> None:
    history, forecast, close = market_of(3, 0.003)
    kickoff = np.full(len(history), 1_600_000_000)
    undated = spread(history, forecast, close)
    dated = replace(history, kickoff_at=kickoff, priced_at=kickoff - 48 * 3600)
    assert spread(dated, forecast, close) == pytest.approx([after_wait(d, 48.0) for d in undated])

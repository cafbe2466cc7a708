"""What an insight says: consistent numbers, honest ages, no bet on a price that must not be used."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from sabiscore.domain.calibration import temperature
from sabiscore.features import vector
from sabiscore.insights.compose import confidence, insight
from sabiscore.insights.forecast import Forecast, GroupShift, explained, forecast, read
from sabiscore.insights.reasons import TITLES, reasons
from tests.support.served import GROUPS, KICKOFF, NOW, FakeModel, FakeVectors, match, put

P = (0.53, 0.25, 0.22)
FORECAST = Forecast(P, 0.53, "with_odds")
BELOW = 3
"""Levels of less knowledge than a match with prices has."""


@pytest.fixture
def publication(tmp_path):
    return put(tmp_path)


def about(publication, at=NOW, forecast=FORECAST, shifts=(), **changes):
    return insight(
        match("arsenal", "chelsea", **changes),
        forecast,
        shifts=shifts,
        publication=publication,
        model=FakeModel(),
        at=at,
    )


def test_goals_say_the_same_as_the_result(publication):
    document = about(publication)
    assert document.probabilities.model_dump() == dict(zip(("home", "draw", "away"), P, strict=True))
    assert document.goals.over_2_5 + document.goals.under_2_5 == pytest.approx(1)
    assert document.goals.over_2_5 == pytest.approx(FORECAST.over)
    assert document.goals.expected_home + document.goals.expected_away == pytest.approx(2.8, abs=0.1)
    assert len(document.goals.top_scores) == 6


def test_a_forecast_that_no_score_fits_has_no_goals_and_says_why(publication):
    document = about(publication, forecast=replace(FORECAST, over=0.0))
    assert document.goals is None
    assert "no score follows" in document.unknown["goals"]


def test_the_best_usable_price_is_the_value_bet(publication):
    (bet,) = about(publication).value_bets
    assert (bet.outcome, bet.book, bet.odds) == ("home", "b365", 2.0)
    assert bet.edge == pytest.approx(0.53 * 2.0 - 1)
    assert bet.quality == "VALUE"
    assert bet.stake_fraction == pytest.approx((0.53 * 2.0 - 1) / 1.0 / 8 * bet.stake_shrinkage)
    assert not bet.suspect
    assert bet.edge_high - bet.edge == pytest.approx(bet.edge - bet.edge_low)
    assert bet.edge - bet.edge_low == pytest.approx(2.0 * 1.6449 * (bet.divergence * 0.53 * 0.47) ** 0.5)
    assert bet.freshness.age_s == 3 * 3600


EXCHANGE = ("1x2", "bfe", "pre")


@pytest.mark.parametrize(
    ("commission", "home_odds", "book", "pays"),
    [
        (0.05, 2.1, "bfe", 2.045),
        (0.02, 2.04, "bfe", 2.0192),
        (0.05, 2.04, "b365", 2.0),
        (0.0, 2.04, "bfe", 2.04),
    ],
)
def test_an_exchange_is_bet_at_only_where_it_pays_most_after_its_commission(
    publication, commission, home_odds, book, pays
):
    prices = {("1x2", "b365", "pre"): (2.0, 3.4, 3.6), EXCHANGE: (home_odds, 3.4, 3.6)}
    offered = match("arsenal", "chelsea", prices=prices)
    document = insight(
        offered,
        FORECAST,
        shifts=(),
        publication=publication,
        model=FakeModel(),
        at=NOW,
        commission=commission,
    )
    (bet,) = document.value_bets
    assert (bet.book, bet.odds) == (book, pytest.approx(pays))
    assert bet.quoted_odds == (home_odds if book == "bfe" else 2.0)
    assert bet.commission == (commission if book == "bfe" else 0.0)
    assert bet.edge == pytest.approx(0.53 * pays - 1)
    assert bet.stake_fraction == pytest.approx((0.53 * pays - 1) / (pays - 1) / 8 * bet.stake_shrinkage)


@pytest.mark.parametrize("book", ["avg", "max", "other1"])
def test_a_price_that_nobody_can_have_makes_no_bet_and_has_no_edge(publication, book):
    prices = {("1x2", book, "pre"): (2.1, 3.5, 3.6), ("1x2", "b365", "pre"): (1.9, 3.5, 4.2)}
    document = about(publication, prices=prices)
    (view,) = (view for view in document.markets if view.book == book)
    assert document.value_bets == ()
    assert (view.usable, {price.edge for price in view.prices}) == (False, {None})
    assert view.unusable_because
    assert view.price_kind == {"avg": "average", "max": "best", "other1": "unlisted"}[book]


def test_an_edge_that_the_commission_eats_is_none(publication):
    """0.53 at 2.0 gross is worth 6%; after 5% of what is won it is 3.35%, less than a value bet's 4.2%."""
    document = about(publication, prices={EXCHANGE: (2.0, 3.4, 3.9)})
    (view,) = document.markets
    assert (view.price_kind, view.commission, view.usable) == ("exchange", 0.05, True)
    assert view.prices[0].edge == pytest.approx(0.53 * 1.95 - 1)
    assert document.value_bets == ()


@pytest.mark.parametrize(
    ("changes", "at", "why"),
    [
        ({}, KICKOFF, "kicked off"),
        ({}, KICKOFF + timedelta(hours=1), "kicked off"),
        ({"priced_at": None}, NOW, "undated"),
        ({"priced_at": NOW - timedelta(hours=49)}, NOW, "older than 48 hours"),
        ({"priced_at": NOW + timedelta(seconds=1)}, NOW, "future"),
        ({"kickoff_at": None}, NOW, "kick-off time"),
        ({"prices": {("1x2", "b365", "pre"): (2.1, 3.5, 36.0)}}, NOW, "add up to"),
        ({"prices": {("1x2", "b365", "close"): (2.1, 3.5, 3.6)}}, NOW, "undated"),
        ({"prices": {("1x2", "avg", "pre"): (2.1, 3.5, 3.6)}}, NOW, "could be bought"),
        ({"prices": {}}, NOW, "could be bought"),
        ({"prices": {("1x2", "b365", "pre"): (1.9, 3.5, 4.2)}}, NOW, "No usable price has an edge"),
    ],
)
def test_without_a_usable_price_there_is_no_bet_and_it_says_why(publication, changes, at, why):
    document = about(publication, at, **changes)
    assert document.value_bets == ()
    assert why in document.unknown["value_bets"]


@pytest.mark.parametrize("odds", [(1.0, 3.5, 3.6), (0.0, 3.5, 3.6), (-2.0, 3.5, 3.6), (math.inf, 3.5, 3.6)])
def test_what_is_not_decimal_odds_is_left_out(publication, odds):
    prices = {("1x2", "b365", "pre"): odds, ("1x2", "ps", "pre"): (2.1, 3.5, 3.6)}
    assert [view.book for view in about(publication, prices=prices).markets] == ["ps"]


def test_every_age_counts_to_the_moment_of_the_document(publication):
    later = NOW + timedelta(hours=30)
    document = about(publication, later)
    assert document.generated_at == later
    assert document.freshness.age_s == 30 * 3600 + 1800
    assert document.freshness.stale
    assert all(view.freshness.age_s == 33 * 3600 for view in document.markets)


def test_simulated_and_rehearsal_stand_in_plain_sight(tmp_path):
    document = about(put(tmp_path, kind="simulated", rehearsal=True))
    assert document.simulated
    assert document.rehearsal


def test_a_calibration_that_is_not_identity_is_reported(publication):
    model = FakeModel(calibration=temperature(1.1))
    document = insight(
        match("arsenal", "chelsea"), FORECAST, shifts=(), publication=publication, model=model, at=NOW
    )
    assert document.model.calibration.method == "matrix"
    assert document.model.calibration.matrix[0][0] == pytest.approx(1 / 1.1)


@pytest.mark.parametrize(
    ("p", "level"), [((0.6, 0.25, 0.15), "HIGH"), ((0.46, 0.3, 0.24), "MEDIUM"), ((0.4, 0.3, 0.3), "LOW")]
)
def test_confidence_follows_the_favourite(p, level):
    assert confidence(p).level == level
    assert confidence(p).favourite == "home"
    assert confidence((1 / 3,) * 3).certainty == pytest.approx(0, abs=1e-12)


def insights_of(vectors, model, matches):
    return [forecast(vectors, reading) for reading in read(vectors, model, matches)]


def test_a_row_alone_is_the_row_in_the_batch_and_the_batch_is_one():
    fixtures = [match("arsenal", "chelsea"), match("inter", "milan", "serie-a", prices={})]
    model = FakeModel()
    together = insights_of(FakeVectors(), model, fixtures)
    assert model.batches == [2]
    assert together == [insights_of(FakeVectors(), FakeModel(), [fixture])[0] for fixture in fixtures]
    assert [match_.knowledge for match_ in together] == ["with_odds", "past_odds"]
    assert insights_of(FakeVectors(), model, []) == []


def test_reasons_come_from_one_batch_of_the_match_and_its_variants():
    vectors, model = FakeVectors(), FakeModel()
    match_ = match("arsenal", "chelsea")
    predicted, shifts = explained(vectors, model, match_)
    assert model.batches == [1 + len(GROUPS) + BELOW]
    assert replace(predicted, levels=()) == insights_of(vectors, model, [match_])[0]
    assert {shift.group for shift in shifts} == set(GROUPS)
    assert [shift.size for shift in shifts] == sorted((shift.size for shift in shifts), reverse=True)
    x = vectors([match_])
    x[0, list(GROUPS["ratings"])] = 0.0
    without = model.predict(x)[0]
    ratings = next(shift for shift in shifts if shift.group == "ratings")
    assert ratings.p == pytest.approx(np.array(predicted.p) - without)


def test_markets_are_taken_away_by_absence_and_only_where_they_are_known():
    class Watching(FakeModel):
        def predict(self, X):
            self.X = X
            return super().predict(X)

    vectors, model = FakeVectors(), Watching()
    explained(vectors, model, match("arsenal", "chelsea"))
    row = 1 + list(GROUPS).index("market_now")
    assert model.X[row, 5] == 0
    assert np.isnan(model.X[row, [6, 7]]).all()
    _, shifts = explained(vectors, model, match("arsenal", "chelsea", prices={}))
    assert not {shift.group for shift in shifts} & {"market_now", "panic"}


def test_only_weighty_reasons_are_reported_largest_first():
    shifts = [
        GroupShift("form", (0.01, 0.0, -0.01)),
        GroupShift("crowd", (0.001, 0.0, -0.001)),
        GroupShift("table", (-0.04, 0.01, 0.03)),
    ]
    insights_of = reasons(shifts, "Arsenal", "Chelsea")
    assert [(reason.group, reason.favours) for reason in insights_of] == [("table", "away"), ("form", "home")]
    assert insights_of[0].text == "League position and stakes: 3.0 points more for Chelsea."


def test_every_group_of_the_vector_has_a_title():
    assert set(vector.GROUPS) == set(TITLES)

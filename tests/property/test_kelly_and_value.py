"""Laws of stakes and value: nothing is advised without an edge, and never above the cap."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.domain.kelly import CAP, joint_kelly, kelly, shrinkage, stake_fraction, stake_fractions
from sabiscore.domain.value import CREDIBLE_EDGE, PROBABLE_ERROR, THRESHOLD, assess, edge
from tests.support.examples import examples

probability = st.floats(0, 1)
odds = st.floats(1.001, 1000)
laws = settings(max_examples=examples(2000))


@laws
@given(p=probability, o=odds)
def test_kelly_is_zero_without_an_edge_and_within_the_cap_with_one(p, o):
    assert (kelly(p, o) == 0) == (edge(p, o) <= 0)
    assert 0 <= kelly(p, o) <= p
    assert 0 <= stake_fraction(p, o) <= CAP


@laws
@given(p=st.floats(0.01, 0.99), o=st.floats(1.05, 50), move=st.floats(-0.02, 0.02))
def test_no_other_stake_grows_the_bankroll_faster(p, o, move):
    best = kelly(p, o)
    other = best + move
    if 0 <= other < 1 and best < 1:
        assert growth(p, o, other) <= growth(p, o, best) + 1e-12


markets = st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(1.05, 60.0)), min_size=1, max_size=4).map(
    lambda pairs: ([p / (0.2 + sum(q for q, _ in pairs)) for p, _ in pairs], [o for _, o in pairs])
)


@laws
@given(market=markets, moves=st.lists(st.floats(-0.02, 0.02), min_size=4, max_size=4))
def test_no_other_stakes_on_outcomes_of_one_match_grow_the_bankroll_faster(market, moves):
    p, o = market
    best = joint_kelly(p, o)
    others = [max(0.0, stake + move) for stake, move in zip(best, moves, strict=False)]
    if sum(others) < 1:
        assert joint_growth(p, o, others) <= joint_growth(p, o, best) + 1e-12


@laws
@given(p=probability, o=odds)
def test_one_outcome_alone_has_the_stake_of_a_single_bet(p, o):
    assert joint_kelly([p], [o])[0] == pytest.approx(kelly(p, o), abs=1e-9)


@laws
@given(market=markets, divergences=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_the_more_uncertain_probabilities_are_the_smaller_is_every_stake(market, divergences):
    p, o = market
    sure, unsure = (stake_fractions(p, o, divergence=divergence) for divergence in divergences)
    assert all(0 <= less <= more for less, more in zip(unsure, sure, strict=True))
    assert all(more <= whole for more, whole in zip(sure, stake_fractions(p, o), strict=True))
    assert 0 <= shrinkage(p, o, divergences[1]) <= shrinkage(p, o, divergences[0]) <= 1


@laws
@given(market=markets)
def test_certain_probabilities_have_the_whole_stake(market):
    p, o = market
    assert stake_fractions(p, o, divergence=0.0) == stake_fractions(p, o)
    assert shrinkage(p, o, 0.0) == 1


@laws
@given(market=markets, divergence=st.floats(0, 1))
def test_stakes_on_one_match_keep_their_proportions_however_uncertain(market, divergence):
    p, o = market
    factor = shrinkage(p, o, divergence)
    shrunk = stake_fractions(p, o, 1.0, 1.0, divergence=divergence)
    assert shrunk == pytest.approx([factor * stake for stake in joint_kelly(p, o)])


@pytest.mark.parametrize(("p", "o"), [([0.6, 0.5], [2.0, 2.0]), ([1.1], [2.0]), ([0.5], [1.0])])
def test_what_are_no_probabilities_of_one_market_are_refused(p, o):
    with pytest.raises(ValueError, match=r"probabilit|decimal odds"):
        joint_kelly(p, o)


def test_each_stake_on_a_match_is_capped():
    assert stake_fractions([0.6, 0.3], [3.0, 6.0]) == (CAP, CAP)


@laws
@given(p=probability, o=odds, divergence=st.floats(0, 0.1))
def test_a_bet_is_advised_exactly_for_a_credible_edge_of_the_threshold(p, o, divergence):
    worth = assess(p, o, divergence)
    gain = edge(p, o)
    assert (worth.quality in ("VALUE", "PREMIUM")) == (THRESHOLD <= gain <= CREDIBLE_EDGE)
    assert (worth.quality == "AVOID") == (gain < 0 or gain > CREDIBLE_EDGE)
    if worth.quality in ("VALUE", "PREMIUM"):
        assert 0 < stake_fraction(p, o, divergence=divergence) <= CAP


@laws
@given(p=probability, o=odds, divergences=st.tuples(st.floats(0, 0.1), st.floats(0, 0.1)).map(sorted))
def test_no_price_rises_in_class_as_probabilities_become_less_certain(p, o, divergences):
    sure, unsure = (assess(p, o, divergence).quality for divergence in divergences)
    assert unsure == sure or (sure, unsure) == ("PREMIUM", "VALUE")
    if unsure == "PREMIUM":
        left = edge(p, o) * shrinkage([p], [o], divergences[1])
        assert THRESHOLD <= left <= edge(p, o) <= PROBABLE_ERROR


@pytest.mark.parametrize(("p", "o"), [(1.1, 2.0), (-0.1, 2.0), (math.nan, 2.0), (0.5, 1.0), (0.5, math.nan)])
def test_numbers_that_are_no_probability_or_no_odds_are_refused(p, o):
    with pytest.raises(ValueError, match=r"probability|decimal odds"):
        kelly(p, o)


def growth(p: float, o: float, stake: float) -> float:
    """The expected logarithm of the bankroll after one bet of ``stake``."""
    return p * math.log1p(stake * (o - 1)) + (1 - p) * math.log1p(-stake)


def joint_growth(p: list[float], o: list[float], stakes: Sequence[float]) -> float:
    """The expected logarithm of the bankroll after ``stakes`` on outcomes of which at most one happens."""
    kept = 1 - math.fsum(stakes)
    wins = math.fsum(q * math.log(kept + stake * price) for q, price, stake in zip(p, o, stakes, strict=True))
    return wins + (1 - math.fsum(p)) * math.log(kept)

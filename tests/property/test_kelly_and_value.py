"""Laws of stakes and value: nothing is advised without an edge, and never above the cap."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.domain.kelly import CAP, kelly, stake_fraction
from sabiscore.domain.value import CREDIBLE_EDGE, THRESHOLD, assess, edge

probability = st.floats(0, 1)
odds = st.floats(1.001, 1000)
laws = settings(max_examples=2000)


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


@laws
@given(p=probability, o=odds)
def test_a_stake_is_advised_exactly_for_value_bets(p, o):
    worth = assess(p, o)
    gain = edge(p, o)
    assert (worth.quality in ("VALUE", "PREMIUM")) == (THRESHOLD <= gain <= CREDIBLE_EDGE)
    assert (worth.stake_fraction > 0) == (worth.quality in ("VALUE", "PREMIUM"))
    assert (worth.quality == "AVOID") == (gain < 0 or gain > CREDIBLE_EDGE)


@pytest.mark.parametrize(("p", "o"), [(1.1, 2.0), (-0.1, 2.0), (math.nan, 2.0), (0.5, 1.0), (0.5, math.nan)])
def test_numbers_that_are_no_probability_or_no_odds_are_refused(p, o):
    with pytest.raises(ValueError, match=r"probability|decimal odds"):
        kelly(p, o)


def growth(p: float, o: float, stake: float) -> float:
    """The expected logarithm of the bankroll after one bet of ``stake``."""
    return p * math.log1p(stake * (o - 1)) + (1 - p) * math.log1p(-stake)

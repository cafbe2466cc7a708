"""Laws of calibration: a distribution in, a distribution out; identity changes nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.domain.calibration import IDENTITY, Calibration, temperature
from tests.support.examples import examples

triple = st.tuples(*[st.floats(0.001, 1)] * 3).map(lambda w: tuple(x / math.fsum(w) for x in w))
number = st.floats(-3, 3)
row = st.tuples(number, number, number)
laws = settings(max_examples=examples(2000))


@laws
@given(p=triple, matrix=st.tuples(row, row, row), bias=row)
def test_every_calibration_gives_a_distribution(p, matrix, bias):
    q = Calibration(matrix, bias).apply(p)
    assert math.isclose(math.fsum(q), 1, abs_tol=1e-12)
    assert all(0 <= x <= 1 for x in q)


@laws
@given(p=triple)
def test_identity_changes_nothing(p):
    assert IDENTITY.apply(p) == pytest.approx(p, abs=1e-12)
    assert temperature(1.0).is_identity


@laws
@given(p=triple, t=st.floats(0.2, 5))
def test_temperature_keeps_the_order_and_softens_above_one(p, t):
    q = temperature(t).apply(p)
    assert sorted(range(3), key=lambda k: (p[k], k)) == sorted(
        range(3), key=lambda k: (round(q[k], 15), k)
    ) or (math.isclose(*sorted(p)[:2], rel_tol=1e-9) or math.isclose(*sorted(p)[1:], rel_tol=1e-9))
    if t > 1:
        assert max(q) <= max(p) + 1e-12
    else:
        assert max(q) >= max(p) - 1e-12


@pytest.mark.parametrize("t", [0.0, -1.0, math.inf, math.nan])
def test_no_other_temperature_is_accepted(t):
    with pytest.raises(ValueError, match="temperature"):
        temperature(t)

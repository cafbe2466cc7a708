"""A calibration is a matrix over the logarithms and a bias; a temperature divides them all."""

from __future__ import annotations

import math

import pytest

from sabiscore.domain.calibration import IDENTITY, Calibration, temperature

P = (0.6, 0.3, 0.1)


def softmax(z: list[float]) -> list[float]:
    total = math.fsum(math.exp(x) for x in z)
    return [math.exp(x) / total for x in z]


def test_logarithms_go_through_the_matrix_and_the_bias_is_added():
    matrix = ((1.0, 0.2, -0.3), (0.1, 0.9, 0.4), (0.5, -0.2, 1.1))
    bias = (0.1, -0.2, 0.3)
    z = [sum(math.log(P[i]) * matrix[i][k] for i in range(3)) + bias[k] for k in range(3)]
    assert Calibration(matrix, bias).apply(P) == pytest.approx(softmax(z))


def test_a_temperature_divides_each_logarithm():
    assert temperature(2.0).apply(P) == pytest.approx(softmax([math.log(p) / 2 for p in P]))
    assert temperature(0.5).apply(P) == pytest.approx(softmax([math.log(p) * 2 for p in P]))


def test_what_has_no_probability_keeps_next_to_none():
    home, draw, away = IDENTITY.apply((0.7, 0.3, 0.0))
    assert (home, draw) == pytest.approx((0.7, 0.3))
    assert 0 < away == pytest.approx(1e-12)


def test_only_the_identity_is_one():
    assert IDENTITY.is_identity
    assert not temperature(1.1).is_identity


def test_logarithms_of_any_size_are_no_overflow():
    steep = Calibration(((1000.0, 0.0, 0.0), (0.0, 1000.0, 0.0), (0.0, 0.0, 1000.0)))
    assert steep.apply(P) == pytest.approx((1.0, 0.0, 0.0))


@pytest.mark.parametrize("t", [0.0, -1.0, math.inf, math.nan])
def test_a_temperature_is_positive_and_finite(t):
    with pytest.raises(ValueError, match=f"{t!r} is not a temperature"):
        temperature(t)


def test_each_outcome_has_its_row():
    with pytest.raises(ValueError, match="zip"):
        IDENTITY.apply((0.5, 0.5))

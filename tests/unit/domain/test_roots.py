"""Where a function crosses zero, to the last bits."""

from __future__ import annotations

import math

import pytest

from sabiscore.domain.roots import root


class Counted:
    """``f``, and how often it was asked."""

    def __init__(self, f) -> None:
        self.f = f
        self.times = 0

    def __call__(self, x: float) -> float:
        self.times += 1
        return self.f(x)


FEW, HALVING = 26, 120
"""Questions: where both ends come near the root, and where the last bits leave one end to be halved."""

FUNCTIONS = {
    "square": (lambda x: x * x - 2, 0.0, 2.0, math.sqrt(2), FEW),
    "falling": (lambda x: 2 - x * x, 0.0, 2.0, math.sqrt(2), FEW),
    "exponential": (lambda x: math.exp(x) - 3, -1.0, 4.0, math.log(3), FEW),
    "cubic": (lambda x: x**3 - 2 * x - 5, 2.0, 3.0, 2.0945514815423265, HALVING),
    "below zero": (lambda x: math.exp(-x) - 30, -10.0, -1.0, -math.log(30), HALVING),
    "cosine": (math.cos, 1.0, 3.0, math.pi / 2, HALVING),
    "far away": (lambda x: math.log(x) - 20, 1e6, 1e10, math.exp(20), HALVING),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_root_is_found_to_the_last_bits(name):
    f, low, high, where, most = FUNCTIONS[name]
    counted = Counted(f)
    assert root(counted, low, high) == pytest.approx(where, rel=2e-15)
    assert counted.times <= most


@pytest.mark.parametrize(("low", "high"), [(1.0, 5.0), (-3.0, 1.0), (0.0, 2.0)])
def test_a_root_at_an_end_or_in_the_middle_is_it(low, high):
    assert root(lambda x: x - 1, low, high) == 1.0


@pytest.mark.parametrize("f", [lambda x: x * x + 0.1, lambda x: -x * x - 0.1, lambda _: math.nan])
def test_both_ends_on_one_side_are_refused(f):
    with pytest.raises(ValueError, match="the same sign at both ends"):
        root(f, -1.0, 1.0)


def test_what_is_no_number_between_the_ends_is_refused():
    with pytest.raises(ValueError, match="not continuous, or not a number"):
        root(lambda x: math.nan if 0 < x < 3 else x - 1, 0.0, 3.0)

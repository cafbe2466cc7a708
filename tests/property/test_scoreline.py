"""Laws of the score grid: it is a distribution and says the same of the result as the insight does."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.domain.scoreline import consistent, dixon_coles
from tests.support.examples import examples

rate = st.floats(0.1, 4.5)
chance = st.floats(0.01, 0.99)
triple = st.tuples(*[st.floats(0.01, 1)] * 3).map(lambda w: tuple(x / math.fsum(w) for x in w))
laws = settings(max_examples=examples(2000))


@laws
@given(over=chance, p=triple)
def test_the_grid_says_the_same_of_result_and_total_as_the_probabilities(over, p):
    grid = consistent(p, over)
    assert grid.result == pytest.approx(p, abs=1e-12)
    assert grid.over_2_5 == pytest.approx(over, abs=1e-12)
    assert math.isclose(math.fsum(cell for _, _, cell in grid), 1, abs_tol=1e-12)
    assert all(cell >= 0 for _, _, cell in grid)
    assert 0 <= grid.both_score <= min(1, 1 - grid.cells[0][0] + 1e-12)
    scores = grid.top(6)
    assert [p for _, _, p in scores] == sorted((p for _, _, p in scores), reverse=True)


@laws
@given(home=st.floats(0.5, 3), away=st.floats(0.5, 3))
def test_a_grid_asked_for_what_it_says_is_left_alone(home, away):
    grid = dixon_coles(home, away)
    again = consistent(grid.result, grid.over_2_5)
    worst = max(abs(a - b) for (_, _, a), (_, _, b) in zip(grid, again, strict=True))
    assert worst <= 1e-6  # the grid ends at 15 goals


@laws
@given(home=rate, away=rate)
def test_swapping_the_sides_mirrors_the_grid(home, away):
    grid, other = dixon_coles(home, away), dixon_coles(away, home)
    for i, j, p in grid:
        assert math.isclose(p, other.cells[j][i], rel_tol=1e-12)


@laws
@given(p=triple, over=st.floats(0.2, 0.8))
def test_more_goals_are_expected_where_three_are_likelier(p, over):
    few, many = (math.fsum(consistent(p, chance).expected_goals) for chance in (over - 0.05, over + 0.05))
    assert few < many


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="goal rate"):
        dixon_coles(math.nan, 1.0)
    for p in ((0.5, 0.5, 0.0), (0.5, 0.3, 0.3), (math.nan, 0.5, 0.5)):
        with pytest.raises(ValueError, match="sum to 1"):
            consistent(p, 0.5)

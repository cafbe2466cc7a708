"""The score grid of Dixon and Coles, cell by cell, and what is read off it."""

from __future__ import annotations

import math

import pytest

from sabiscore.domain.scoreline import LEAST_RATE, MOST_GOALS, MOST_RATE, Grid, consistent, dixon_coles

HOME, AWAY = 1.6, 1.1
SMALL = Grid(((0.1, 0.2, 0.05), (0.15, 0.1, 0.1), (0.05, 0.15, 0.1)))


def poisson(rate: float, goals: int) -> float:
    return math.exp(-rate) * rate**goals / math.factorial(goals)


@pytest.mark.parametrize("rho", [-0.1, 0.1])
def test_cells_are_poisson_but_for_the_four_lowest_scores(rho):
    corrected = {
        (0, 0): 1 - HOME * AWAY * rho,
        (0, 1): 1 + HOME * rho,
        (1, 0): 1 + AWAY * rho,
        (1, 1): 1 - rho,
    }
    weights = {
        (i, j): poisson(HOME, i) * poisson(AWAY, j) * corrected.get((i, j), 1.0)
        for i in range(MOST_GOALS + 1)
        for j in range(MOST_GOALS + 1)
    }
    total = math.fsum(weights.values())
    grid = dixon_coles(HOME, AWAY, rho)
    assert {(i, j): p for i, j, p in grid} == pytest.approx({at: w / total for at, w in weights.items()})


@pytest.mark.parametrize("rho", [1.0, -1.0])
def test_a_correction_never_makes_a_probability_negative(rho):
    grid = dixon_coles(3.0, 2.0, rho)
    cells = [grid.cells[0][0], grid.cells[0][1], grid.cells[1][0], grid.cells[1][1]]
    assert min(cells) == 0
    assert math.fsum(p for *_, p in grid) == pytest.approx(1)


def test_rates_are_held_to_what_happens():
    assert dixon_coles(0.0, 1.0) == dixon_coles(LEAST_RATE, 1.0)
    assert dixon_coles(1.0, 40.0) == dixon_coles(1.0, MOST_RATE)
    with pytest.raises(ValueError, match="inf is not a goal rate"):
        dixon_coles(1.0, math.inf)


def test_what_is_read_off_a_grid():
    assert SMALL.result == pytest.approx((0.35, 0.3, 0.35))
    assert SMALL.expected_goals == pytest.approx((0.35 + 2 * 0.3, 0.45 + 2 * 0.25))
    assert SMALL.over_2_5 == pytest.approx(0.1 + 0.15 + 0.1)
    assert SMALL.both_score == pytest.approx(0.1 + 0.1 + 0.15 + 0.1)


def test_the_likeliest_scores_come_first_and_of_equals_the_lower():
    assert [(i, j) for i, j, _ in SMALL.top(6)] == [(0, 1), (1, 0), (2, 1), (0, 0), (1, 1), (1, 2)]
    assert len(dixon_coles(HOME, AWAY).top()) == 5


OVER = (1e-6, 0.02, 0.3, 0.55, 0.9, 0.999)


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize(
    "p",
    [
        (0.5, 0.25, 0.25),
        (0.2, 0.25, 0.55),
        (0.9, 0.05, 0.05),
        (0.3, 0.3, 0.4),
        (0.98, 0.01, 0.01),
        (1e-9, 1e-9, 1 - 2e-9),
    ],
)
def test_a_consistent_grid_has_the_result_and_the_total_asked_for(p, over):
    grid = consistent(p, over)
    assert grid.result == pytest.approx(p, rel=1e-9)
    assert grid.over_2_5 == pytest.approx(over, rel=1e-9)
    assert all(cell >= 0 for *_, cell in grid)


def test_a_consistent_grid_keeps_the_shape_of_two_rates():
    """Within a result, on one side of the line, cells stand to each other as in a grid of two rates."""
    cells = consistent((0.5, 0.25, 0.25), 0.5).cells
    home_rate = 5 * cells[5][0] / cells[4][0]
    away_rate = 5 * cells[0][5] / cells[0][4]
    total = home_rate + away_rate
    assert 1 - math.exp(-total) * (1 + total + total**2 / 2) == pytest.approx(0.5)
    assert cells[3][1] / cells[3][0] == pytest.approx(away_rate)


def test_shares_that_no_rates_can_reach_are_met_by_scaling_alone():
    """The rates stay within what happens: 0.05 is the least of either side."""
    cells = consistent((0.999, 0.0005, 0.0005), 0.1).cells
    turned = consistent((0.0005, 0.0005, 0.999), 0.1).cells
    assert 1 * cells[4][1] / cells[4][0] == pytest.approx(0.05)
    assert 1 * turned[1][4] / turned[0][4] == pytest.approx(0.05)


@pytest.mark.parametrize("rho", [-0.12, 0.12])
@pytest.mark.parametrize(("home", "away"), [(HOME, AWAY), (AWAY, HOME), (0.4, 3.0), (2.5, 0.3), (1.0, 0.1)])
def test_a_grid_asked_for_what_it_says_is_left_alone(home, away, rho):
    grid = dixon_coles(home, away, rho)
    again = consistent(grid.result, grid.over_2_5, rho)
    assert [p for *_, p in again] == pytest.approx([p for *_, p in grid], rel=1e-6, abs=1e-12)


def test_no_side_gets_more_than_the_highest_rate():
    """Sixteen goals a match at the most: eight of them for each side."""
    cells = consistent((0.999, 0.0005, 0.0005), 1 - 1e-9).cells
    assert 5 * cells[5][0] / cells[4][0] == pytest.approx(8.0)
    assert 5 * cells[0][5] / cells[0][4] == pytest.approx(8.0)


@pytest.mark.parametrize("p", [(0.5, 0.5, 0.0), (0.5, 0.3, 0.3), (0.5, 0.3, 0.199), (1.2, -0.1, -0.1)])
def test_what_is_no_distribution_is_refused(p):
    with pytest.raises(ValueError, match="sum to 1"):
        consistent(p, 0.5)
    assert consistent((0.5, 0.3, 0.2 + 5e-7), 0.5)


@pytest.mark.parametrize("over", [0.0, 1.0, -0.1, math.nan])
def test_a_total_that_cannot_be_is_refused(over):
    with pytest.raises(ValueError, match="between 0 and 1"):
        consistent((0.5, 0.3, 0.2), over)

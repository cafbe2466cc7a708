"""Stakes of one match, beside the recipe in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sabiscore.features.stakes import stakes
from sabiscore.features.state import LEAGUE, LEAGUE_ROWS, TEAM, TEAM_ROWS, standing

POINTS = (80, 76, 70, 61, 60, 58, 55, 50, 49, 48, 47, 45, 44, 42, 40, 36, 35, 34, 33, 20)
LINES = (1, 4, 6, 17)
PULL, DEAD = (0.0, 0.10, -0.05, 0.44), -0.82


def at(home: int, away: int, played: int = 37, league: float = 0.0) -> np.ndarray:
    """The stakes of a match between the teams at these places of the table (from 0)."""
    everyone = np.zeros((TEAM_ROWS, len(POINTS)))
    everyone[TEAM["points"]] = POINTS
    column = np.zeros((LEAGUE_ROWS, 1))
    column[LEAGUE["members"]] = len(POINTS)
    column[LEAGUE["table"]] = -np.inf
    column[LEAGUE["table"].start : LEAGUE["table"].start + len(POINTS), 0] = standing(everyone)
    teams = everyone[:, [home, away]][:, :, None].copy()
    teams[TEAM["season_played"]], teams[TEAM["league"]] = played, league
    return stakes(teams, column)[:, 0]


def by_recipe(home: int, away: int, left: int = 1) -> float:
    pulls, alive = [], []
    for place in (home, away):
        gaps = [POINTS[place] - POINTS[line if place < line else line - 1] for line in LINES]
        near = [math.exp(-(gap**2) / (2 * 1.75**2 * left)) * (abs(gap) <= 3 * left + 0.5) for gap in gaps]
        pulls.append([x / math.sqrt(left) for x in near])
        alive.append(1 - max(near))
    gap = sum(a * (h - w) for a, h, w in zip(PULL, *pulls, strict=True))
    return math.exp(-left / 4) * (gap + DEAD * (alive[0] - alive[1]))


@pytest.mark.parametrize(("home", "away"), [(0, 10), (16, 8), (17, 16), (3, 4), (19, 0), (5, 6)])
def test_the_markets_stakes_are_the_recipe(home: int, away: int) -> None:
    assert at(home, away)[0] == pytest.approx(by_recipe(home, away))
    assert at(home, away, played=33)[0] == pytest.approx(by_recipe(home, away, left=5))


def test_stakes_change_sign_with_the_ground_and_favour_who_can_still_go_down() -> None:
    assert at(16, 9) == pytest.approx(-at(9, 16))
    assert (at(16, 9) > 0.3).any()


def test_nothing_is_at_stake_early_or_in_a_league_whose_lines_are_not_known() -> None:
    assert at(16, 9, played=15).tolist() == [0.0, 0.0]
    assert at(16, 9, league=1.0).tolist() == [0.0, 0.0]

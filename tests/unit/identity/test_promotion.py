"""What a final table decides: who goes up, stays and goes down for sure, and who is left open."""

from __future__ import annotations

from itertools import permutations

import pytest

from sabiscore.domain.league import LEAGUES
from sabiscore.identity.promotion import PLACES, neighbours, outlook, standings

CLUBS = [f"c{number:02}" for number in range(24)]


def season(clubs: list[str], margin: int = 2) -> list[tuple[str, str, int, int]]:
    """Every pair meets twice, and the club that comes first always wins: six points between neighbours."""
    rank = {club: place for place, club in enumerate(clubs)}
    return [
        (home, away, margin, 0) if rank[home] < rank[away] else (home, away, 0, margin)
        for home, away in permutations(clubs, 2)
    ]


def test_a_table_is_by_points_then_difference_then_goals_then_name():
    results = [
        ("a", "b", 1, 1),
        ("c", "d", 3, 0),
        ("e", "f", 4, 1),
        ("g", "h", 5, 5),
    ]
    order = standings(results)
    assert order == [("e", 3), ("c", 3), ("g", 1), ("h", 1), ("a", 1), ("b", 1), ("f", 0), ("d", 0)]


@pytest.mark.parametrize(("home", "away", "points"), [(2, 1, (3, 0)), (1, 1, (1, 1)), (0, 1, (0, 3))])
def test_a_win_is_three_points_and_a_draw_one(home, away, points):
    table = dict(standings([("a", "b", home, away)]))
    assert (table["a"], table["b"]) == points


@pytest.mark.parametrize("league", sorted(PLACES))
def test_a_clear_table_decides_all_but_the_play_offs(league):
    places = PLACES[league]
    found = outlook(league, season(CLUBS))
    size = len(CLUBS)
    assert found.up == set(CLUBS[: places.up])
    assert found.down == set(CLUBS[size - places.down :])
    play_offs = {
        *CLUBS[places.up : places.up + places.may_go_up],
        *CLUBS[size - places.down - places.may_go_down : size - places.down],
    }
    assert found.open == play_offs
    assert found.stays == set(CLUBS) - found.up - found.down - play_offs


def test_where_no_places_are_known_all_stay():
    found = outlook("national-league", season(CLUBS[:5]))
    assert found.stays == set(CLUBS[:5])
    assert not found.up | found.down | found.open


@pytest.mark.parametrize(("size", "decided"), [(3, False), (4, True)])
def test_a_table_of_no_more_clubs_than_places_decides_nothing(size, decided):
    found = outlook("epl", season(CLUBS[:size]))
    assert bool(found.down) is decided
    assert (found.open == set(CLUBS[:size])) is not decided


@pytest.mark.parametrize(("gap", "clear"), [(1, False), (2, True)])
def test_clubs_within_a_point_of_the_line_are_left_open(gap, clear):
    points = {"a": 40, "b": 30, "c": 20, "d": 20 - gap, "e": 10, "f": 5}
    # Against itself a club gets two points of a draw and three of a win.
    results = [
        result
        for club, total in points.items()
        for result in [(club, club, 1, 0)] * (total % 2)
        + [(club, club, 0, 0)] * ((total - total % 2 * 3) // 2)
    ]
    found = outlook("epl", results)
    assert (found.down == set("def")) is clear
    assert (found.stays == set("abc")) is clear
    assert found.open == (set() if clear else {"c", "d"})


def test_neighbours_are_a_tier_up_and_down_in_the_same_country():
    assert neighbours("championship") == ("epl", "league-one")
    assert neighbours("epl") == (None, "championship")
    assert neighbours("eredivisie") == (None, None)
    for league in LEAGUES:
        above, below = neighbours(league.key)
        assert above is None or neighbours(above)[1] == league.key
        assert below is None or neighbours(below)[0] == league.key


def test_level_clubs_are_told_apart_by_all_their_matches():
    results = [
        *(("a", "z", 1, 0), ("y", "a", 0, 1), ("z", "a", 2, 0)),  # three matches: 6 points, 2–2
        *(("b", "z", 2, 0), ("y", "b", 0, 1), ("z", "b", 1, 0)),  # 6 points, 3–1
        *(("c", "z", 3, 1), ("y", "c", 2, 3), ("z", "c", 1, 0)),  # 6 points, 6–4
    ]
    table = [club for club, points in standings(results) if points == 6]
    assert table.index("c") < table.index("b") < table.index("a")


def test_clubs_that_are_level_in_everything_are_in_the_order_of_their_names():
    assert standings([("b", "a", 0, 0), ("d", "c", 0, 0)]) == [("a", 1), ("b", 1), ("c", 1), ("d", 1)]


def with_points(points):
    """Results by which each club has just these: against itself it gets two of a draw, three of a win."""
    return [
        result
        for club, total in points.items()
        for result in [(club, club, 1, 0)] * (total % 2)
        + [(club, club, 0, 0)] * ((total - total % 2 * 3) // 2)
    ]


TABLE = {"a": 90, "b": 80, "c": 70, "d": 60, "e": 50, "f": 40, "g": 30, "h": 20, "i": 10}
"""Of a league where two go up, the third may, the third last may go down and two do."""


@pytest.mark.parametrize(
    ("above", "below"),
    [("b", "c"), ("c", "d"), ("f", "g"), ("g", "h")],
    ids=["up", "above the middle", "below the middle", "down"],
)
@pytest.mark.parametrize(("gap", "clear"), [(0, False), (1, False), (2, True)])
def test_a_line_leaves_open_whoever_is_nearly_level_with_it(above, below, gap, clear):
    points = {**TABLE, below: TABLE[above] - gap}
    found = outlook("bundesliga-2", with_points(points))
    doubtful = set() if clear else {above, below}
    assert found.up == {"a", "b"} - doubtful
    assert found.stays == {"d", "e", "f"} - doubtful
    assert found.down == {"h", "i"} - doubtful
    assert found.open == {"c", "g"} | doubtful


@pytest.mark.parametrize(("size", "decided"), [(6, False), (7, True)])
def test_a_table_of_nothing_but_deciding_places_decides_nothing(size, decided):
    points = {club: 10 * (size - place) for place, club in enumerate("abcdefg"[:size])}
    found = outlook("bundesliga-2", with_points(points))
    assert (found.up, found.down) == (({"a", "b"}, {"f", "g"}) if decided else (set(), set()))

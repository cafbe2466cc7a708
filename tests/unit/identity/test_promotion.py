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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([(5, 0), (0, 1)], [(0, 1), (2, 0)]),
        ([(2, 0), (0, 1)], [(5, 4), (3, 4)]),
        ([(3, 1), (0, 1)], [(0, 1), (2, 0)]),
        ([(1, 0), (0, 1)], [(1, 0), (0, 1)]),
    ],
    ids=["all their goals count", "the difference before goals", "goals of all matches", "the name at last"],
)
def test_level_clubs_are_ordered_by_what_all_their_matches_say(first, second):
    second_club = [("second", "others", *goals) for goals in second]
    first_club = [("first", "others", *goals) for goals in first]
    order = [club for club, _ in standings([*second_club, *first_club]) if club != "others"]
    assert order == ["first", "second"]


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


@pytest.mark.parametrize("league", sorted(PLACES))
def test_every_place_that_may_decide_needs_a_club_and_another_that_stays(league):
    places = PLACES[league]
    size = places.up + places.may_go_up + places.may_go_down + places.down
    none = outlook(league, season(CLUBS[:size]))
    assert none.open == set(CLUBS[:size])
    assert not none.up | none.down | none.stays
    found = outlook(league, season(CLUBS[: size + 1]))
    assert found.up == set(CLUBS[: places.up])
    assert found.stays == {CLUBS[places.up + places.may_go_up]}


def ended_with(points: dict[str, int]) -> list[tuple[str, str, int, int]]:
    """Results that give each club its points: against itself two of a draw and three of a win."""
    return [
        result
        for club, total in points.items()
        for result in [(club, club, 1, 0)] * (total % 2)
        + [(club, club, 0, 0)] * ((total - total % 2 * 3) // 2)
    ]


@pytest.mark.parametrize(("gap", "clear"), [(1, False), (2, True)])
def test_clubs_within_a_point_of_the_line_are_left_open(gap, clear):
    points = {"a": 40, "b": 30, "c": 20, "d": 20 - gap, "e": 10, "f": 5}
    found = outlook("epl", ended_with(points))
    assert (found.down == set("def")) is clear
    assert (found.stays == set("abc")) is clear
    assert found.open == (set() if clear else {"c", "d"})


@pytest.mark.parametrize("gap", [0, 1, 2])
@pytest.mark.parametrize(
    ("line", "sure"),
    [("b", "up"), ("c", "stays"), ("d", "stays"), ("e", "down")],
    ids=["promotion", "the play-offs above", "the play-offs below", "relegation"],
)
def test_each_line_of_a_table_is_crossed_by_more_than_a_point(line, sure, gap):
    points = {"a": 60, "b": 50, "c": 40, "d": 30, "e": 20, "f": 10, "g": 5}
    below = chr(ord(line) + 1)
    lower = {club: total - points[line] + points[below] + gap for club, total in points.items()}
    tight = {club: lower[club] if club <= line else total for club, total in points.items()}
    found = outlook("bundesliga-2", ended_with(tight))
    expected = {"up": set("ab"), "stays": {"d"}, "down": set("fg")}
    if gap < 2:
        expected[sure] -= {line, below}
    assert {"up": found.up, "stays": found.stays, "down": found.down} == expected
    assert found.open == set(points) - set().union(*expected.values())


def test_neighbours_are_a_tier_up_and_down_in_the_same_country():
    assert neighbours("championship") == ("epl", "league-one")
    assert neighbours("epl") == (None, "championship")
    assert neighbours("eredivisie") == (None, None)
    for league in LEAGUES:
        above, below = neighbours(league.key)
        assert above is None or neighbours(above)[1] == league.key
        assert below is None or neighbours(below)[0] == league.key

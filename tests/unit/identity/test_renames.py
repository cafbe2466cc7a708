"""Which club a newer version of a season file writes otherwise."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.identity.renames import renamed, turned

DAY = date(2026, 8, 15)
WEEK = timedelta(days=7)
CLUBS = ("ash", "brook", "castle", "dale", "eden", "ford")


def rounds(clubs: tuple[str, ...]) -> list[tuple[date, str, str]]:
    """Every club against every other, a round a week."""
    others, pairings = list(clubs[1:]), []
    for week in range(len(clubs) - 1):
        table = [clubs[0], *others]
        half = len(clubs) // 2
        pairings += [(DAY + week * WEEK, table[place], table[-1 - place]) for place in range(half)]
        others = [others[-1], *others[:-1]]
    return pairings


@settings(deadline=None)
@given(st.permutations(CLUBS), st.integers(1, 15), st.integers(1, 3))
def test_renamed_clubs_are_recognised_by_the_matches_that_stay(clubs, kept, count):
    old = rounds(tuple(clubs))[:kept]
    names = {club: f"new-{club}" for club in clubs[:count]}
    new = [(day, names.get(home, home), names.get(away, away)) for day, home, away in rounds(tuple(clubs))]
    found = renamed(old, new, standing=CLUBS)
    assert found.items() <= names.items()
    if count == 1:
        seen = {club for _, *pair in old for club in pair}
        assert found.keys() == names.keys() & seen


def test_another_club_in_its_place_is_a_correction():
    old = [(DAY, "man-united", "everton")]
    assert renamed(old, [(DAY, "man-city", "everton")], standing={"man-united", "man-city", "everton"}) == {}


def test_a_club_that_is_still_there_is_not_renamed():
    old = [(DAY, "ash", "brook"), (DAY + WEEK, "castle", "ash")]
    new = [(DAY, "dale", "brook"), (DAY + WEEK, "castle", "ash")]
    assert renamed(old, new, standing=()) == {}


def test_two_clubs_never_become_one():
    old = [(DAY, "ash", "brook"), (DAY + WEEK, "castle", "brook")]
    new = [(DAY, "eden", "brook"), (DAY + WEEK, "eden", "brook")]
    assert renamed(old, new, standing=()) == {}


def test_a_match_turned_round_is_distinguished_from_one_that_is_gone():
    gone = [(DAY, "ash", "brook"), (DAY, "castle", "dale")]
    assert turned(gone, [(DAY, "brook", "ash")]) == {gone[0]}


def test_a_club_is_recognised_away_too():
    assert renamed([(DAY, "brook", "ash")], [(DAY, "brook", "dale")], standing=()) == {"ash": "dale"}


def test_a_side_is_not_taken_for_the_other():
    assert renamed([(DAY, "ash", "brook")], [(DAY, "brook", "dale")], standing=()) == {}
    assert renamed([(DAY, "brook", "ash")], [(DAY, "dale", "brook")], standing=()) == {}


@pytest.mark.parametrize("order", [1, -1], ids=["home first", "away first"])
def test_a_club_with_two_others_in_its_place_is_not_recognised(order):
    old = [(DAY, "ash", "brook"), (DAY + WEEK, "castle", "ash")][::order]
    new = [(DAY, "dale", "brook"), (DAY + WEEK, "castle", "eden")]
    assert renamed(old, new, standing=()) == {}


@pytest.mark.parametrize("turn", [1, -1], ids=["at home", "away"])
def test_a_match_of_two_renamed_clubs_is_understood_by_the_other_matches_of_one(turn):
    def pairing(day, *clubs):
        return (day, *clubs[::turn])

    old = [pairing(DAY, "ash", "brook"), pairing(DAY + WEEK, "brook", "castle")]
    new = [pairing(DAY, "new-ash", "new-brook"), pairing(DAY + WEEK, "new-brook", "castle")]
    assert renamed(old, new, standing=()) == {"ash": "new-ash", "brook": "new-brook"}


def test_a_match_that_is_gone_says_nothing_of_its_clubs():
    old = [(DAY, "ash", "brook"), (DAY + WEEK, "castle", "ash")]
    assert renamed(old, [(DAY, "dale", "brook")], standing=()) == {"ash": "dale"}

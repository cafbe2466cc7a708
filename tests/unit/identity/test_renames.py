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


@pytest.mark.parametrize("at_home", [True, False], ids=["at home", "away"])
@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ([("ash", "brook")], [("dale", "brook")], {"ash": "dale"}),
        ([("ash", "brook"), ("ash", "castle")], [("dale", "brook")], {"ash": "dale"}),
        ([("ash", "brook"), ("ash", "castle")], [("dale", "brook"), ("eden", "castle")], {}),
        (
            [("ash", "brook"), ("brook", "castle")],
            [("dale", "eden"), ("eden", "castle")],
            {"ash": "dale", "brook": "eden"},
        ),
    ],
    ids=["one match", "the other match is gone", "two in its place", "against a renamed club"],
)
def test_a_club_is_known_again_at_home_and_away(old, new, found, at_home):
    def dated(pairs: list[tuple[str, str]]) -> list[tuple[date, str, str]]:
        sides = pairs if at_home else [(away, home) for home, away in pairs]
        return [(DAY + WEEK if "castle" in pair else DAY, *pair) for pair in sides]

    assert renamed(dated(old), dated(new), standing=()) == found

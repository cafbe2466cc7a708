"""A name that means no club makes a new one only where it can be no other's."""

from __future__ import annotations

import pytest

from sabiscore.domain.league import LEAGUES
from sabiscore.identity.names import Names, names_of
from sabiscore.identity.newcomers import KnownSeason, alike, why_not_new
from sabiscore.identity.spellings import spellings

FILES = "football-data.co.uk"
COUNTRIES = sorted({league.country for league in LEAGUES})
MOST_TAKEN = 0.02


def season(**more: object) -> KnownSeason:
    known = {"present": frozenset({"goztep", "rizespor", "newtown"}), "places": 18}
    return KnownSeason(**{**known, **more})


def why(word: str, here: KnownSeason) -> str:
    return why_not_new(word, here, names_of(FILES, "turkey"))[0]


def test_a_name_like_no_other_is_a_new_club():
    assert why("newtown", season()) == ""


def test_where_nothing_is_known_of_last_season_every_name_is_a_club():
    assert why("goztepe-izmirli", season(places=None)) == ""


@pytest.mark.parametrize(
    ("word", "more", "reason"),
    [
        ("gaziantepspor-as", {"missing": frozenset({"gaziantep"})}, "another club's name"),
        ("newtown", {"awaited": frozenset({"besiktas"})}, "have not been seen yet"),
        ("newtown", {"places": 2}, "every place"),
        ("united-fc", {}, "those of many clubs"),
        ("nwt", {}, "initials"),
    ],
)
def test_a_name_that_could_be_another_clubs_waits(word, more, reason):
    assert reason in why(word, season(**more))


@pytest.mark.parametrize(
    ("word", "more"),
    [
        ("zyxwv", {}),  # as long as a name is at least
        ("newtown", {"places": 3}),  # the last place
        ("united-qx", {}),  # a word of its own, however short
    ],
)
def test_a_name_that_is_just_enough_of_its_own_is_a_new_club(word, more):
    assert why(word, season(**more)) == ""


def test_figures_and_words_of_many_clubs_are_no_name():
    assert "those of many clubs" in why("united-1", season())


def test_a_word_of_a_club_that_has_been_away_for_longer_waits():
    assert "another club's name" in why("amed-zyxwvutsrq", season())


@pytest.mark.parametrize(
    ("word", "form", "may"),
    [
        ("abcxy", "abczw", True),  # three letters of five
        ("abcxyz", "abqwer", False),
        ("zonguldak-kilimli", "zong-uvwxyz", True),  # the beginning of a word
        ("ab-qqqqqq", "ab-wwwwww", False),  # too short a beginning
        ("q-p-r", "queens-park-rangers", True),
        ("np", "newtown-park", True),
        ("n", "newtown", False),
        ("nwp", "newtown-park", False),
    ],
)
def test_names_are_alike_by_their_letters_the_beginning_of_a_word_or_initials(word, form, may):
    assert alike(word, [form]) is may
    assert alike(form, [word]) is may


def test_it_says_whom_it_may_mean():
    here = season(missing=frozenset({"gaziantep", "besiktas"}))
    assert why_not_new("gaziantepli", here, names_of(FILES, "turkey"))[1] == ("gaziantep",)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_spelling_that_a_table_lacks_is_hardly_ever_taken_for_a_new_club(country):
    written = [(word, club) for word, club in spellings(FILES, country).items() if word != club]
    names, taken = Names(FILES, country), []
    for word, club in written:
        names.table = {other: meant for other, meant in spellings(FILES, country).items() if other != word}
        here = KnownSeason(frozenset({word}), 18, missing=frozenset({club}))
        if not why_not_new(word, here, names)[0]:
            taken.append(word)
    assert len(taken) <= MOST_TAKEN * len(written), taken

"""Slugs, leagues, clubs and ids: what a word becomes and what it means."""

from __future__ import annotations

import pytest

from sabiscore.domain.league import LEAGUES, SERVED
from sabiscore.errors import UnknownLeague
from sabiscore.identity.clubs import display_name
from sabiscore.identity.leagues import find_league
from sabiscore.identity.match_ids import Identity, identity_of
from sabiscore.identity.names import names_of, team_slug
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import FOOTBALL_DATA, READERS, digest, established, reused, spans, table


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Nott'm Forest", "nottm-forest"),
        ("  St. Pauli!", "st-pauli"),
        ("Süper Lig", "super-lig"),
        ("Preußen Ærø Łódź Đ œ ı", "preussen-aero-lodz-d-oe-i"),
        ("1. FC Köln", "1-fc-koln"),
        ("!!!", ""),
    ],
)
def test_a_slug_is_words_of_ascii(name, word):
    assert slug(name) == word


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("epl", "epl"),
        ("E0", "epl"),
        ("Premier League", "epl"),
        ("Premiership", "epl"),
        ("ligue1", "ligue-1"),
        ("Ligue 1", "ligue-1"),
        ("1. Bundesliga", "bundesliga"),
        ("2.bundesliga", "bundesliga-2"),
        ("Fußball-Bundesliga", "bundesliga"),
        ("LA LIGA", "laliga"),
    ],
)
def test_a_league_is_found_by_any_of_its_words(text, key):
    assert find_league(text).key == key


def test_every_league_is_found_by_its_own_words():
    for league in LEAGUES:
        for word in (league.key, league.division, league.key.replace("-", "")):
            assert find_league(word) == league


def test_an_unknown_league_comes_with_those_it_looks_like_or_all():
    with pytest.raises(UnknownLeague, match="There is no league called 'bundeslga'") as near:
        find_league("bundeslga")
    assert near.value.candidates[0] == "bundesliga"
    assert len(near.value.candidates) == len(set(near.value.candidates)) <= 3
    assert near.value.hint == f"Did you mean {', '.join(near.value.candidates)}?"
    with pytest.raises(UnknownLeague) as far:
        find_league("zzzz")
    assert far.value.candidates == tuple(league.key for league in SERVED)
    with pytest.raises(UnknownLeague) as long:
        find_league("q" * 500)
    assert repr("q" * 80) in str(long.value)
    assert "q" * 81 not in str(long.value)


@pytest.mark.parametrize(
    ("text", "keys"), [("sery", {"serie-a", "serie-b"}), ("eng", {"epl", "league-one", "league-two"})]
)
def test_three_leagues_are_offered_at_most_and_some_that_look_only_a_little_like_it(text, keys):
    with pytest.raises(UnknownLeague) as unknown:
        find_league(text)
    assert keys <= set(unknown.value.candidates)
    assert len(unknown.value.candidates) == 3


def test_clubs_are_shown_by_name_and_others_by_their_slug():
    assert display_name("nottm-forest") == "Nottingham Forest"
    assert display_name("sv-nowhere") == "SV Nowhere"
    assert display_name("new-town-fc") == "New Town FC"


TEAMS = {
    ("epl", "2526"): frozenset({"man-city", "man-united", "everton"}),
    ("scottish-premiership", "2526"): frozenset({"dundee", "dundee-united"}),
    ("serie-a", "2526"): frozenset({"a", "a-b", "b-c", "c"}),
}


def test_an_id_says_league_season_teams_and_leg():
    assert identity_of("epl-2526-man-city-everton", TEAMS) == Identity(
        "epl", "2526", "man-city", "everton", 1
    )
    twice = identity_of("scottish-premiership-2526-dundee-dundee-united-3", TEAMS)
    assert twice == Identity("scottish-premiership", "2526", "dundee", "dundee-united", 3)


@pytest.mark.parametrize(
    "match_id",
    [
        "epl-2425-man-city-everton",
        "epl-2526-man-city-leeds",
        "epl-2526-leeds-everton",
        "epl-2526-man-city-everton-x",
        "epl-2526-man-city-everton-",
        "laliga-2526-man-city-everton",
        "serie-a-2526-a-b-c",  # a and b-c, or a-b and c
        "",
    ],
)
def test_an_id_that_could_be_none_or_two_is_none(match_id):
    assert identity_of(match_id, TEAMS) is None


def test_a_slug_that_was_reused_meant_another_club_until_its_season():
    last = reused("england")["wimbledon"]
    assert last == "0304"
    assert spans("wimbledon", "england", "0304")
    assert not spans("wimbledon", "england", "0405")
    assert not spans("wimbledon", "england", None)
    assert spans("arsenal", "england", None)
    assert team_slug("Wimbledon", "england", "9899") == "wimbledon"
    assert team_slug("Wimbledon", "england") != "wimbledon"
    assert reused("atlantis") == {}


def test_clubs_are_established_by_a_list_or_a_table():
    england = established("england")
    assert {"arsenal", "wrexham"} <= england
    assert set(table(FOOTBALL_DATA)["england"].values()) <= england
    assert established("atlantis") == frozenset()


def test_a_digest_belongs_to_one_country():
    assert len(digest("england")) == 16
    assert digest("england") == digest("england") != digest("spain")


def test_forms_of_a_club_are_every_spelling_that_means_it():
    names = names_of(READERS, "england")
    forms = list(names.forms("man-united"))
    assert forms[0] == "man-united"
    assert {"man-utd", "manchester-united"} <= set(forms)
    assert all(names.club(form) == "man-united" for form in forms)


def test_what_could_be_meant_and_is_not_here_says_so():
    names = names_of(READERS, "england")
    among = {"arsenal", "chelsea"}
    assert names.meant("arsenal", among) == ("arsenal", "")
    assert names.meant("man-utd", among) == (
        None,
        "it means man-united, which is not in this league and season",
    )
    assert names.meant("fc-man-utd-fc", among) == (
        None,
        "it means man-united, which is not in this league and season",
    )
    assert names.meant("nobody", among) == (None, "no table knows it")
    assert names.nearest("arsenall", among)[0] == "arsenal"
    assert len(names.nearest("a", names.clubs)) <= 3


def test_a_name_is_read_by_the_table_before_what_its_words_tell():
    """Two clubs of Frankfurt are alike but for words that tell nothing; the table knows which is meant."""
    german = names_of("the-odds-api.com", "germany")
    assert german.club("E. Frankfurt") == "ein-frankfurt"
    assert german.club("Frankfurt 1901") is None
    assert german.meant("frankfurt-1901", german.clubs) == (None, "it could mean two clubs")


def test_a_club_of_another_league_is_named_as_such():
    english = names_of("the-odds-api.com", "england")
    elsewhere = "it means accrington, which is not in this league and season"
    assert english.meant("accrington", ()) == (None, elsewhere)
    assert english.meant("accrington-fc", ()) == (None, elsewhere)
    assert english.meant("accrington-fc", english.clubs) == ("accrington", "")

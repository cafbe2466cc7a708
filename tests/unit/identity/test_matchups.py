"""A pairing as a reader types it: read in one way, or refused with what to write instead."""

from __future__ import annotations

import pytest

from sabiscore.errors import Refused, UnknownTeam
from sabiscore.identity.matchups import CANDIDATES, LONGEST_PAIRING, find_matchup, find_team, split_matchup

ROSTERS = {
    "epl": frozenset({"arsenal", "chelsea", "man-united", "man-city", "everton", "newcastle"}),
    "championship": frozenset({"sheffield-united", "sheffield-weds", "norwich", "bristol-city"}),
    "ligue-1": frozenset({"st-etienne", "paris-sg", "paris-fc"}),
    "scottish-premiership": frozenset({"dundee", "dundee-united", "celtic"}),
}


@pytest.mark.parametrize(
    "text",
    [
        *("A B vs C", " A B  VS.  C ", "A B v C", "A B versus C", "A B against C"),
        *("A B - C", "A B – C", "A B : C", "A B/C"),
    ],
)
def test_two_names_stand_on_two_sides_of_a_word_or_a_mark(text):
    assert split_matchup(text) == ("A B", "C")


@pytest.mark.parametrize("text", ["", "Arsenal", "A vs B vs C", "vs Arsenal", "Arsenal vs ", "/", "Arsenal/"])
def test_what_has_not_two_names_is_refused_with_an_example(text):
    for read in (split_matchup, lambda words: find_matchup(words, ROSTERS, None)):
        with pytest.raises(Refused, match="does not name two teams") as refused:
            read(text)
        assert repr(text) in str(refused.value)
        assert "Arsenal vs Chelsea" in refused.value.hint


def test_no_more_of_a_long_text_is_read_or_repeated():
    assert split_matchup("a" * 10 + " vs " + "b" * 1000) == ("a" * 10, "b" * (LONGEST_PAIRING - 14))
    with pytest.raises(Refused) as refused:
        split_matchup("a" * 1000)
    assert str(refused.value).startswith(repr("a" * 80) + " does")


@pytest.mark.parametrize(
    ("text", "league", "found"),
    [
        ("Arsenal vs Chelsea", None, ("epl", "arsenal", "chelsea")),
        ("Chelsea vs Arsenal", "epl", ("epl", "chelsea", "arsenal")),
        ("Man Utd-Man City", None, ("epl", "man-united", "man-city")),
        ("St-Etienne-Paris-SG", None, ("ligue-1", "st-etienne", "paris-sg")),
        ("Dundee v Celtic", None, ("scottish-premiership", "dundee", "celtic")),
    ],
)
def test_teams_are_found_in_their_league(text, league, found):
    assert find_matchup(text, ROSTERS, league) == found


def test_a_word_for_teams_of_two_leagues_is_settled_by_the_other_team():
    rosters = {"primeira-liga": {"sp-lisbon", "porto"}, "laliga": {"sp-gijon", "sevilla"}}
    assert find_matchup("Sporting vs Porto", rosters, None) == ("primeira-liga", "sp-lisbon", "porto")


def test_an_unknown_name_comes_with_those_it_looks_like():
    with pytest.raises(UnknownTeam, match="There is no team called 'Arsnal' here") as unknown:
        find_matchup("Arsnal vs Chelsea", ROSTERS, None)
    assert unknown.value.candidates[0] == "arsenal"
    assert unknown.value.hint.startswith("Did you mean Arsenal")
    with pytest.raises(UnknownTeam) as inside:
        find_matchup("sheff vs Norwich", ROSTERS, "championship")
    assert {"sheffield-united", "sheffield-weds"} <= set(inside.value.candidates)
    assert len(inside.value.candidates) <= 5


def test_a_name_like_none_is_sent_to_the_list():
    with pytest.raises(UnknownTeam) as unknown:
        find_matchup("Zzzzqqqq vs Chelsea", ROSTERS, None)
    assert unknown.value.candidates == ()
    assert unknown.value.hint == "See /api/v1/leagues for the teams we know."


def test_a_club_of_another_league_is_said_to_play_there():
    with pytest.raises(UnknownTeam) as elsewhere:
        find_matchup("Norwich vs Arsenal", ROSTERS, "epl")
    assert str(elsewhere.value) == "Norwich City does not play in epl this season, but in championship."
    assert elsewhere.value.hint == "Name that league: championship."


def test_a_club_that_plays_nowhere_is_said_to():
    with pytest.raises(UnknownTeam) as absent:
        find_matchup("Luton vs Arsenal", ROSTERS, "epl")
    assert str(absent.value) == "Luton Town does not play in epl this season."
    with pytest.raises(UnknownTeam) as nowhere:
        find_matchup("Luton vs Arsenal", ROSTERS, None)
    assert str(nowhere.value) == "Luton Town plays in none of the leagues that are forecast this season."
    assert nowhere.value.hint == absent.value.hint == "See /api/v1/leagues for the teams that do."


def test_a_team_against_itself_or_one_of_another_league_is_refused():
    with pytest.raises(Refused, match=r"^Arsenal cannot play itself") as itself:
        find_matchup("Arsenal vs Arsenal FC", ROSTERS, None)
    assert itself.value.hint == "Name two different teams."
    with pytest.raises(Refused, match=r"^Arsenal and Celtic play in different leagues") as apart:
        find_matchup("Arsenal vs Celtic", ROSTERS, None)
    assert apart.value.hint == "epl and scottish-premiership; only matches within a league are predicted."


def test_a_league_without_teams_has_none():
    with pytest.raises(UnknownTeam):
        find_matchup("Arsenal vs Chelsea", {}, "epl")
    with pytest.raises(UnknownTeam):
        find_matchup("Arsenal vs Chelsea", ROSTERS, "nowhere")


UNITED = {
    "epl": frozenset({"man-united", "newcastle", "leeds", "west-ham"}),
    "championship": frozenset({"sheffield-united"}),
    "scottish-premiership": frozenset({"dundee", "dundee-united"}),
}
"""Where "United" may be many."""


@pytest.mark.parametrize(
    ("word", "league", "team"),
    [
        ("Arsenal", None, "arsenal"),
        ("arsenal fc", "epl", "arsenal"),
        ("Dundee United", None, "dundee-united"),
    ],
)
def test_a_team_is_found_by_its_name(word, league, team):
    assert find_team(word, ROSTERS, league) == team


def test_a_word_for_teams_of_several_leagues_is_refused_with_them():
    rosters = {"primeira-liga": {"sp-lisbon"}, "nowhere": {"sporting"}}
    with pytest.raises(UnknownTeam) as many:
        find_team("Sporting", rosters)
    assert str(many.value) == "'Sporting' could mean more than one team."
    assert many.value.candidates == ("sp-lisbon", "sporting")
    assert many.value.hint == "Write the full name: Sporting CP, Sporting."
    assert find_team("Sporting", rosters, "nowhere") == "sporting"
    with pytest.raises(UnknownTeam) as long:
        find_team("Sporting" + " " * 200, rosters)
    assert str(long.value).startswith(repr("Sporting" + " " * 72) + " could")


def test_a_team_of_another_league_or_of_none_is_not_found():
    with pytest.raises(UnknownTeam, match="does not play in epl this season, but in championship"):
        find_team("Norwich", ROSTERS, "epl")
    with pytest.raises(UnknownTeam, match="There is no team called 'Zzzzqqqq' here"):
        find_team("Zzzzqqqq", ROSTERS)
    with pytest.raises(UnknownTeam):
        find_team("Arsenal", ROSTERS, "nowhere")


def test_a_pairing_that_could_be_two_is_refused_with_all_of_its_teams():
    rosters = {"primeira-liga": {"sp-lisbon", "porto"}, "nowhere": {"sporting", "porto"}}
    with pytest.raises(UnknownTeam) as two:
        find_matchup("Sporting vs Porto", rosters, None)
    assert str(two.value) == "'Sporting vs Porto' could mean more than one pairing."
    assert two.value.candidates == ("porto", "sp-lisbon", "sporting")
    assert two.value.hint.endswith(" Sporting CP, Sporting.")
    assert two.value.hint.startswith("Write the full names, or name the league: ")


def test_every_league_that_a_club_plays_in_is_named():
    rosters = {"epl": {"arsenal"}, "laliga": {"sevilla"}, "serie-a": {"sevilla", "inter"}}
    with pytest.raises(UnknownTeam) as elsewhere:
        find_team("Sevilla", rosters, "epl")
    assert str(elsewhere.value).endswith("does not play in epl this season, but in laliga, serie-a.")
    assert elsewhere.value.hint == "Name that league: laliga, serie-a."


def test_of_two_leagues_that_were_searched_none_is_named_alone():
    rosters = {"epl": {"arsenal"}, "championship": {"norwich"}}
    with pytest.raises(UnknownTeam, match="Luton Town plays in none of the leagues"):
        find_team("Luton", rosters)


def test_only_teams_that_play_are_suggested_and_no_more_than_a_few():
    with pytest.raises(UnknownTeam) as unknown:
        find_team("Manchestre Unitde", UNITED)
    assert unknown.value.candidates[0] == "man-united"
    playing = {team for teams in UNITED.values() for team in teams}
    assert set(unknown.value.candidates) <= playing
    many = {"epl": {f"club-{number}-rovers" for number in range(2 * CANDIDATES)}}
    with pytest.raises(UnknownTeam) as rovers:
        find_team("club-rovers", many)
    assert len(rovers.value.candidates) == CANDIDATES


def test_a_name_far_from_all_is_not_guessed_and_one_somewhat_near_is():
    rosters = {"nowhere": {"abcdefghij"}}
    with pytest.raises(UnknownTeam) as near:
        find_team("abcdxxxxxx", rosters)
    assert near.value.candidates == ("abcdefghij",), "two fifths of the letters are the same"
    with pytest.raises(UnknownTeam) as far:
        find_team("abcxxxxxxx", rosters)
    assert far.value.candidates == ()

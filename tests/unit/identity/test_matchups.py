"""A pairing as a reader types it: read in one way, or refused with what to write instead."""

from __future__ import annotations

import pytest

from sabiscore.errors import Refused, UnknownTeam
from sabiscore.identity.matchups import LONGEST_PAIRING, find_matchup, find_team, split_matchup

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


def test_marks_are_read_as_the_league_that_is_named_has_its_teams():
    rosters = {"eredivisie": {"a", "b-c"}, "epl": {"a-b", "c"}}
    assert find_matchup("a-b-c", rosters, "epl") == ("epl", "a-b", "c")
    assert find_matchup("a-b-c", rosters, "eredivisie") == ("eredivisie", "a", "b-c")


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


def test_every_name_that_it_looks_like_is_offered_and_no_more_than_its_beginning_repeated():
    with pytest.raises(UnknownTeam) as unknown:
        find_team("Sheffield Uni", ROSTERS, "championship")
    assert unknown.value.hint == "Did you mean Sheffield United, Sheffield Wednesday?"
    with pytest.raises(UnknownTeam) as long:
        find_team("z" * 1000, ROSTERS)
    assert str(long.value) == f"There is no team called {'z' * 80!r} here."


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
    with pytest.raises(UnknownTeam, match="Norwich City does not play in epl"):
        find_matchup("Arsenal vs Norwich", ROSTERS, "epl")
    with pytest.raises(UnknownTeam) as either:
        find_team("Ipswich", {**BOTH_MAY_PLAY_IN_EITHER, "ligue-1": frozenset({"lyon"})}, "ligue-1")
    assert either.value.hint == "Name that league: championship, epl."


def test_a_club_of_another_country_is_no_team_of_the_league_that_is_named():
    with pytest.raises(UnknownTeam, match="There is no team called 'Luton' here"):
        find_team("Luton", ROSTERS, "ligue-1")


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


SPORTING = {
    "primeira-liga": frozenset({"sp-lisbon", "porto"}),
    "eredivisie": frozenset({"sporting", "porto"}),  # clubs that no table knows yet
}
BOTH_MAY_PLAY_IN_EITHER = dict.fromkeys(("epl", "championship"), frozenset({"ipswich", "leicester"}))


def test_a_team_is_found_by_any_of_its_names():
    assert find_team("Man Utd", ROSTERS) == "man-united"
    assert find_team("Dundee United FC", ROSTERS, "scottish-premiership") == "dundee-united"
    assert find_team("Ipswich", BOTH_MAY_PLAY_IN_EITHER) == "ipswich"


def test_a_team_is_searched_in_the_league_that_is_named():
    assert find_team("Sporting", SPORTING, "primeira-liga") == "sp-lisbon"
    assert find_team("Sporting", SPORTING, "eredivisie") == "sporting"
    with pytest.raises(UnknownTeam, match="Norwich City does not play in epl this season, but in champ"):
        find_team("Norwich", ROSTERS, "epl")
    with pytest.raises(UnknownTeam, match="There is no team called 'Norwich' here"):
        find_team("Norwich", {}, "nowhere")


def test_a_word_for_two_teams_is_none_of_them_and_the_full_name_settles_it():
    with pytest.raises(UnknownTeam) as unsure:
        find_team("Sporting" + "!" * 100, SPORTING)
    assert str(unsure.value) == f"{'Sporting' + '!' * 72!r} could mean more than one team."
    assert unsure.value.candidates == ("sp-lisbon", "sporting")
    assert unsure.value.hint == "Write the full name: Sporting CP, Sporting."
    assert find_team("Sporting CP", SPORTING) == "sp-lisbon"


def test_a_pairing_of_two_leagues_is_none_until_the_league_is_named():
    with pytest.raises(UnknownTeam) as unsure:
        find_matchup("Sporting vs Porto" + "!" * 100, SPORTING, None)
    assert str(unsure.value) == f"{'Sporting vs Porto' + '!' * 63!r} could mean more than one pairing."
    assert unsure.value.candidates == ("porto", "sp-lisbon", "sporting")
    names = "Porto, Sporting CP, Sporting"
    assert unsure.value.hint == f"Write the full names, or name the league: {names}."
    assert find_matchup("Sporting vs Porto", SPORTING, "eredivisie") == ("eredivisie", "sporting", "porto")


def test_clubs_that_may_play_in_two_leagues_meet_in_the_one_that_is_named():
    with pytest.raises(UnknownTeam, match="more than one pairing") as unsure:
        find_matchup("Ipswich vs Leicester", BOTH_MAY_PLAY_IN_EITHER, None)
    assert unsure.value.candidates == ("ipswich", "leicester")
    found = find_matchup("Ipswich vs Leicester", BOTH_MAY_PLAY_IN_EITHER, "championship")
    assert found == ("championship", "ipswich", "leicester")


def test_a_club_that_plays_nowhere_is_said_to_however_few_leagues_there_are():
    rosters = {key: ROSTERS[key] for key in ("epl", "championship")}
    with pytest.raises(UnknownTeam, match=r"^Luton Town plays in none of the leagues"):
        find_team("Luton", rosters)


def test_a_spelling_that_is_nearly_right_leads_to_its_team_and_no_other_leagues():
    with pytest.raises(UnknownTeam) as misspelt:
        find_team("Gunnerz", ROSTERS)
    assert misspelt.value.candidates[0] == "arsenal"
    assert set(misspelt.value.candidates) <= {team for teams in ROSTERS.values() for team in teams}


def test_five_teams_are_offered_at_most_and_some_that_look_only_a_little_like_it():
    towns = {"eredivisie": frozenset(f"town-{letter}" for letter in "abcdefg")}
    with pytest.raises(UnknownTeam) as misspelt:
        find_team("tonwxyz", towns)
    assert len(misspelt.value.candidates) == 5
    assert set(misspelt.value.candidates) < towns["eredivisie"]
    assert str(misspelt.value) == "There is no team called 'tonwxyz' here."

"""What clubs call themselves, and what readers type: all of it is understood, and none of it wrongly."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sabiscore.domain.league import LEAGUES
from sabiscore.errors import Refused, UnknownTeam
from sabiscore.identity.clubs import clubs, clubs_of, display_name
from sabiscore.identity.leagues import find_league
from sabiscore.identity.matchups import find_matchup, split_matchup
from sabiscore.identity.names import names_of, team_slug
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import READERS, TABLES, reused, spellings

OFFICIAL = tomllib.loads((Path(__file__).parents[2] / "official_names.toml").read_text("utf-8"))
COUNTRIES = sorted({league.country for league in LEAGUES})
LEAST_UNDERSTOOD = 0.99

ROSTERS = {
    "epl": ("arsenal", "chelsea", "brighton", "tottenham", "man-united", "man-city", "bournemouth"),
    "laliga": ("ath-madrid", "ath-bilbao", "vallecano", "real-madrid", "barcelona", "la-coruna"),
    "bundesliga": ("mainz", "fc-koln", "rb-leipzig", "bayern-munich"),
    "ligue-1": ("paris-sg", "paris-fc", "lens", "st-etienne"),
    "serie-a": ("juventus", "inter", "milan"),
    "scottish-premiership": ("celtic", "rangers", "dundee", "dundee-united"),
}


def written(country: str) -> Iterator[tuple[str, str]]:
    """(name, club) for everything that people write of a country's clubs."""
    for club, names in OFFICIAL[country].items():
        yield from ((name, club) for name in names)
    for club in clubs_of(country):
        yield club.replace("-", " "), club
        yield display_name(club), club
        if club in clubs():
            yield from ((word, club) for word in clubs()[club].words)


@pytest.mark.parametrize("writer", [*TABLES, READERS])
def test_what_clubs_are_called_is_understood_and_never_wrongly(writer):
    right = asked = 0
    for country in COUNTRIES:
        names = names_of(writer, country)
        every = {*written(country)}
        every |= {(word.replace("-", " "), club) for word, club in spellings(writer, country).items()}
        for name, club in every:
            if slug(name) in reused(country):
                club = names.table[slug(name)]
            found, _ = names.meant(slug(name), names.clubs)
            assert found in (club, None), (country, name, found)
            asked += 1
            right += found == club
    assert asked > 2_500
    assert right >= LEAST_UNDERSTOOD * asked


def test_season_files_read_the_same_names():
    for country in COUNTRIES:
        for name, club in written(country):
            found = team_slug(name, country)
            assert found == club or found not in clubs_of(country) or slug(name) in reused(country), name


@pytest.mark.parametrize(
    ("name", "country", "club"),
    [
        ("Atl. Madrid", "spain", "ath-madrid"),
        ("Rayo Vallecano", "spain", "vallecano"),
        ("Dep. A Coruna", "spain", "la-coruna"),
        ("La Coruna", "spain", "la-coruna"),
        ("Sheffield Wed", "england", "sheffield-weds"),
        ("Bradford City", "england", "bradford"),
        ("1. FSV Mainz 05", "germany", "mainz"),
    ],
)
def test_a_season_file_and_the_fixtures_of_its_week_name_one_club(name, country, club):
    assert team_slug(name, country) == club


@pytest.mark.parametrize(
    ("season", "club"), [("0304", "wimbledon"), ("0405", "afc-wimbledon"), (None, "afc-wimbledon")]
)
def test_a_name_that_was_used_before_means_the_club_of_its_season(season, club):
    assert team_slug("Wimbledon", "england", season) == club


def test_a_club_that_no_table_knows_keeps_its_own_slug():
    assert team_slug("Newtown Rovers", "england") == "newtown-rovers"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Tottenham Hotspur FC vs Arsenal FC", ("epl", "tottenham", "arsenal")),
        ("Arsenal/Chelsea", ("epl", "arsenal", "chelsea")),
        ("Arsenal x Chelsea", ("epl", "arsenal", "chelsea")),
        ("Arsenal-Chelsea", ("epl", "arsenal", "chelsea")),
        ("Brighton & Hove Albion – AFC Bournemouth", ("epl", "brighton", "bournemouth")),
        ("Paris Saint-Germain-RC Lens", ("ligue-1", "paris-sg", "lens")),
        ("Juventus FC v FC Internazionale Milano", ("serie-a", "juventus", "inter")),
        ("1. FSV Mainz 05 gegen 1. FC Köln", ("bundesliga", "mainz", "fc-koln")),
        ("R.C. Deportivo de La Coruña vs Atl. Madrid", ("laliga", "la-coruna", "ath-madrid")),
        ("The Celtic Football Club vs Dundee Utd", ("scottish-premiership", "celtic", "dundee-united")),
    ],
)
def test_readers_pairings_are_understood(text, meant):
    assert find_matchup(text, ROSTERS, None) == meant


@pytest.mark.parametrize("text", ["Arsenal", "", "vs", "Arsenal vs", "A - B - C", "/Chelsea"])
def test_what_names_no_two_teams_is_refused(text):
    with pytest.raises(Refused, match="does not name two teams"):
        split_matchup(text)


@pytest.mark.parametrize(
    "text",
    ["Man vs Arsenal", "Real vs Barcelone", "Arsenal-Chelsey", "Paris FC II vs Lens", "x" * 150 + "/y"],
)
def test_a_word_that_no_team_has_is_refused_with_candidates(text):
    with pytest.raises(UnknownTeam):
        find_matchup(text, ROSTERS, None)


def test_a_word_of_two_leagues_is_settled_by_the_other_team():
    rosters = {"primeira-liga": ("sp-lisbon", "porto"), "segunda": ("sp-gijon", "zaragoza")}
    rosters |= {"epl": ("man-united", "chelsea"), "scottish-premiership": ("dundee-united", "celtic")}
    assert find_matchup("Sporting vs Porto", rosters, None) == ("primeira-liga", "sp-lisbon", "porto")
    with pytest.raises(Refused, match="different leagues"):
        find_matchup("Chelsea vs Celtic", rosters, None)
    with pytest.raises(Refused, match="cannot play itself"):
        find_matchup("Man Utd vs Manchester United FC", rosters, None)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("ligue1", "ligue-1"), ("1. Bundesliga", "bundesliga"), ("PL", "epl"), ("serie a", "serie-a"),
        ("SERIEA", "serie-a"), ("2.Bundesliga", "bundesliga-2"), ("LaLiga Santander", "laliga"),
        ("e1", "championship"),
        ("Süper Lig", "super-lig"), ("EFL Championship", "championship"), ("Liga NOS", "primeira-liga"),
    ],
)  # fmt: skip
def test_readers_words_for_leagues_are_understood(word, key):
    assert find_league(word).key == key

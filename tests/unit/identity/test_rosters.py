"""Who plays in a season, on any day of the year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from sabiscore.domain.facts import Event
from sabiscore.domain.match import Match
from sabiscore.identity.clubs import clubs_of
from sabiscore.identity.promotion import outlook, standings
from sabiscore.identity.resolve import resolve
from sabiscore.identity.rosters import (
    SEEN_BY_ALL,
    KnownMatches,
    by_season,
    coming_rosters,
    current_rosters,
    following,
    rosters_of,
)


def clubs_in(text: str) -> list[str]:
    return text.split()


PREMIER = clubs_in("""
    arsenal aston-villa bournemouth brentford brighton burnley chelsea crystal-palace everton fulham leeds
    liverpool man-city man-united newcastle nottm-forest sunderland tottenham west-ham wolves
""")
SECOND = clubs_in("""
    birmingham blackburn bristol-city charlton coventry derby hull ipswich leicester middlesbrough millwall
    norwich oxford portsmouth preston qpr sheffield-united sheffield-weds southampton stoke swansea watford
    west-brom wrexham
""")
EVE = date(2026, 8, 14)


def played(league: str, clubs: list[str], season: str = "2526") -> list[Match]:
    """A season in which the club that comes first in ``clubs`` always beats the later ones."""
    first, rank = date(2025, 8, 8), {club: place for place, club in enumerate(clubs)}
    matches = []
    for number, (home, away) in enumerate(permutations(clubs, 2)):
        goals = (2, 0) if rank[home] < rank[away] else (0, 2)
        matches.append(
            Match(
                league=league,
                season=season,
                day=first + timedelta(days=number % 270),
                home=home,
                away=away,
                goals=goals,
            )
        )
    return matches


LAST = [*played("epl", PREMIER), *played("championship", SECOND)]


def coming(league: str, home: str, away: str, day: date = EVE) -> Match:
    return Match(league=league, season="2627", day=day, home=home, away=away)


def test_on_the_eve_the_promoted_are_known_and_the_relegated_are_gone():
    roster = current_rosters(LAST, EVE)["epl"]
    assert roster.season == "2627"
    assert set(PREMIER[:17]) | set(SECOND[:2]) == roster.clubs.keys()
    assert set(roster.clubs.values()) == {"table of 2526"}
    assert not roster.whole
    assert roster.may_play >= set(SECOND[2:8]) | set(PREMIER[17:])


def test_one_match_of_a_season_does_not_make_its_roster_whole():
    known = [*LAST, coming("epl", "arsenal", SECOND[4])]
    roster = current_rosters(known, EVE)["epl"]
    assert len(roster.clubs) == 20
    assert roster.clubs[SECOND[4]] == "football-data.co.uk"
    assert {"liverpool", "man-city"} <= roster.understood
    assert not roster.whole


def test_a_club_that_plays_elsewhere_is_no_longer_counted():
    known = [*LAST, coming("championship", PREMIER[19], SECOND[6])]
    found = current_rosters(known, EVE)
    assert PREMIER[19] not in found["epl"].understood
    assert PREMIER[19] in found["championship"].clubs


def test_a_roster_is_whole_once_every_club_was_seen():
    clubs = [*PREMIER[:17], *SECOND[:3]]
    known = [*LAST, *(coming("epl", *clubs[place : place + 2]) for place in range(0, 20, 2))]
    roster = current_rosters(known, EVE)["epl"]
    assert (roster.whole, sorted(roster.clubs), roster.may_play) == (True, sorted(clubs), frozenset())


def test_each_club_names_the_source_that_says_so():
    announced = coming("epl", "arsenal", SECOND[5])
    roster = current_rosters([*LAST, announced], EVE, {announced.id: "the-odds-api.com"})["epl"]
    assert roster.clubs[SECOND[5]] == "the-odds-api.com"


@pytest.mark.parametrize(("day", "season"), [(date(2026, 5, 20), "2526"), (date(2026, 7, 1), "2627")])
def test_july_begins_the_season_that_nobody_has_announced_yet(day, season):
    assert current_rosters(LAST, day)["epl"].season == season


def test_a_table_decides_nothing_before_its_last_match():
    unfinished = [replace(match, goals=None) if match.day > date(2026, 4, 1) else match for match in LAST]
    known = KnownMatches(unfinished, today=date(2026, 4, 2))
    assert known.rosters["epl", "2627"] >= set(PREMIER)


def test_clubs_from_below_what_we_read_may_come_up():
    clubs = sorted(clubs_of("portugal"))[:18]
    roster = current_rosters(played("primeira-liga", clubs), EVE)["primeira-liga"]
    assert roster.understood >= clubs_of("portugal")


def test_events_of_a_season_that_has_hardly_begun_are_understood():
    known = KnownMatches([coming("epl", "arsenal", "chelsea")], LAST, EVE)
    event = Event(
        id="1",
        league="epl",
        season=None,
        kickoff_at=datetime(2026, 8, 22, 14, tzinfo=UTC),
        home="Liverpool FC",
        away="Ipswich Town",
    )
    found = resolve("the-odds-api.com", [event], known.rosters, known.fixtures)
    assert found.matches == {"1": "epl-2627-liverpool-ipswich"}


def test_level_clubs_are_left_open():
    results = [("a", "b", 1, 1), ("b", "c", 1, 0), ("c", "a", 0, 1), ("d", "a", 0, 0)]
    assert [points for _, points in standings(results)] == [5, 4, 1, 0]
    found = outlook("epl", results)
    assert (found.down, found.open, found.stays) == ({"c", "d"}, {"a", "b"}, frozenset())


def test_seasons_follow_each_other():
    assert (following("9900"), following("2526", -1)) == ("0001", "2425")


def test_a_season_holds_the_teams_of_all_its_matches():
    known = [coming("epl", "arsenal", "chelsea"), coming("epl", "everton", "leeds")]
    assert rosters_of(known) == {("epl", "2627"): {"arsenal", "chelsea", "everton", "leeds"}}


def test_leagues_are_looked_at_though_none_of_their_matches_is_known():
    assert KnownMatches([], LAST, EVE).rosters == {}
    asked = KnownMatches([], LAST, EVE, leagues=["epl"]).rosters
    assert asked.keys() == {("epl", "2627"), ("epl", "2728")}
    assert asked["epl", "2627"] >= set(PREMIER[:17])


def test_known_matches_say_which_source_alone_tells_of_them():
    assert KnownMatches([]).told_by == {}
    assert KnownMatches([], told_by={"match": "espn.com"}).told_by == {"match": "espn.com"}


def test_this_season_and_the_next_have_a_roster_in_every_league():
    announced = coming("epl", "arsenal", SECOND[5])
    found = coming_rosters(by_season([*LAST, announced]), EVE, {announced.id: "espn.com"})
    assert [(roster.league, roster.season) for roster in found] == [
        ("championship", "2627"),
        ("championship", "2728"),
        ("epl", "2627"),
        ("epl", "2728"),
    ]
    assert found[2].clubs[SECOND[5]] == "espn.com"


def test_a_season_file_is_named_before_any_other_source():
    in_file = coming("epl", "arsenal", "chelsea")
    announced = coming("epl", "arsenal", "everton", EVE + timedelta(days=7))
    roster = current_rosters([in_file, announced], EVE, {announced.id: "espn.com"})["epl"]
    assert roster.clubs == {
        "arsenal": "football-data.co.uk",
        "chelsea": "football-data.co.uk",
        "everton": "espn.com",
    }


def test_the_first_match_begins_a_season_before_it_and_on_its_day():
    first = coming("epl", "arsenal", "chelsea")
    for day in (EVE - timedelta(days=60), EVE):
        roster = current_rosters([first], day)["epl"]
        assert (roster.league, roster.season, roster.whole) == ("epl", "2627", True)


def test_a_season_lasts_to_its_last_match_even_if_the_next_begins_that_day():
    last = replace(coming("epl", "leeds", "everton"), season="2526")
    assert current_rosters([last, coming("epl", "arsenal", "chelsea")], EVE)["epl"].season == "2526"


def test_the_century_turns_between_two_seasons():
    old = Match(
        league="epl", season="9900", day=date(2000, 5, 14), home="leeds", away="everton", goals=(0, 0)
    )
    new = replace(old, season="0001", day=date(2000, 8, 19), goals=None)
    assert current_rosters([old, new], date(2000, 8, 1))["epl"].season == "0001"


def test_a_league_that_nobody_told_of_for_years_keeps_its_last_season():
    assert current_rosters(LAST, date(2028, 9, 1))["epl"].season == "2526"


def test_the_relegated_come_to_those_that_stay():
    roster = current_rosters(LAST, EVE)["championship"]
    assert roster.clubs.keys() == {*PREMIER[17:], *SECOND[8:21]}


def test_only_clubs_that_played_in_the_country_may_come_where_the_league_below_is_read():
    may_play = current_rosters(LAST, EVE)["epl"].may_play
    assert may_play <= {*PREMIER, *SECOND}
    assert "luton" in clubs_of("england") - may_play


def test_made_up_clubs_have_no_company_of_real_ones():
    clubs = [f"club-{number}" for number in range(18)]
    roster = current_rosters(played("primeira-liga", clubs), EVE)["primeira-liga"]
    assert roster.understood == set(clubs)
    assert roster.whole is False


def test_a_club_that_no_table_knows_may_stay():
    clubs = [*sorted(clubs_of("portugal"))[:17], "newtown"]
    roster = current_rosters(played("primeira-liga", clubs), EVE)["primeira-liga"]
    assert "newtown" in roster.may_play


def weeks(clubs: list[str], count: int) -> list[Match]:
    """``count`` matches of each club, all of them to come."""
    return [
        coming("epl", clubs[place], clubs[(place + week + 1) % len(clubs)], EVE + timedelta(days=7 * week))
        for week in range(count)
        for place in range(len(clubs))
    ]


def test_all_that_were_seen_often_are_a_whole_league_of_fewer_clubs():
    clubs = PREMIER[:16]
    often, seldom = weeks(clubs, SEEN_BY_ALL // 2), weeks(clubs, SEEN_BY_ALL // 2 - 1)
    assert current_rosters([*LAST, *often], EVE)["epl"].clubs.keys() == set(clubs)
    assert current_rosters([*LAST, *often], EVE)["epl"].whole
    assert not current_rosters([*LAST, *seldom], EVE)["epl"].whole


def test_a_league_that_nobody_leaves_is_whole_once_all_were_seen():
    clubs = [f"club-{number}" for number in range(6)]
    known = played("scottish-league-two", clubs)
    known += [coming("scottish-league-two", *clubs[place : place + 2]) for place in (0, 2, 4)]
    assert current_rosters(known, EVE)["scottish-league-two"].whole


@pytest.mark.parametrize(
    "last_match",
    [{"day": EVE}, {"day": EVE + timedelta(days=1)}, {"goals": None}],
    ids=["played on the day itself", "of a later day", "never played"],
)
def test_a_table_decides_nothing_while_a_match_is_open(last_match):
    *others, last = played("epl", PREMIER)
    known = [*others, replace(last, **last_match), *played("championship", SECOND)]
    roster = current_rosters(known, EVE)["championship"]
    assert not roster.clubs.keys() & set(PREMIER)
    assert roster.clubs.keys() == set(SECOND[8:21])

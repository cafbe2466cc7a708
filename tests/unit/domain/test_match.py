"""Ids and seasons: what a match is called, and which season a day belongs to."""

from __future__ import annotations

from datetime import date

import pytest

from sabiscore.domain.match import Match, in_season, match_id, season_on, season_start_year


def test_a_match_is_named_by_league_season_and_sides_and_from_the_second_leg_on_by_the_leg():
    assert match_id("epl", "2526", "arsenal", "chelsea") == "epl-2526-arsenal-chelsea"
    assert match_id("epl", "2526", "arsenal", "chelsea", 3) == "epl-2526-arsenal-chelsea-3"
    match = Match(league="epl", season="2526", day=date(2025, 8, 16), home="arsenal", away="chelsea", leg=2)
    assert match.id == "epl-2526-arsenal-chelsea-2"


@pytest.mark.parametrize(
    ("season", "year"), [("2425", 2024), ("9899", 1998), ("9091", 1990), ("8990", 2089), ("0001", 2000)]
)
def test_a_season_begins_in_the_year_of_its_first_two_digits(season, year):
    assert season_start_year(season) == year


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2025, 6, 30), "2425"),
        (date(2025, 7, 1), "2526"),
        (date(2025, 12, 31), "2526"),
        (date(2026, 1, 1), "2526"),
        (date(1999, 8, 1), "9900"),
        (date(2000, 1, 1), "9900"),
        (date(2008, 9, 1), "0809"),
    ],
)
def test_july_begins_a_season(day, season):
    assert season_on(day) == season
    assert in_season(day, season_start_year(season))


def test_a_season_may_last_from_june_to_the_end_of_the_next_august():
    assert in_season(date(2019, 6, 1), 2019)
    assert in_season(date(2020, 8, 31), 2019)
    assert not in_season(date(2019, 5, 31), 2019)
    assert not in_season(date(2020, 9, 1), 2019)

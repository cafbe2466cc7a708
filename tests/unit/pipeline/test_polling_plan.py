"""Prices are asked for more often the nearer a kick-off is, and no oftener."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.domain.match import Match
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.pipeline.polling_plan import ASKED, DueLeagues, LastPoll, due, note_asked, read_asked
from tests.support.cas_stores import NOON

ODDS_API, FILES = "the-odds-api.com", "football-data.co.uk"


def coming(hours: float, league: str = "epl") -> Match:
    kickoff_at = NOON + timedelta(hours=hours)
    return Match(
        league=league,
        season="2526",
        day=kickoff_at.date(),
        home="arsenal",
        away="chelsea",
        kickoff_at=kickoff_at,
    )


@pytest.mark.parametrize(
    ("hours", "every_min"), [(1.5, 5), (2.5, 15), (5.9, 15), (6.1, 60), (23, 60), (25, 360), (160, 360)]
)
def test_the_nearer_the_oftener(hours, every_min):
    early = {"epl": LastPoll(NOON - timedelta(minutes=every_min - 2), ODDS_API)}
    late = {"epl": LastPoll(NOON - timedelta(minutes=every_min), ODDS_API)}
    assert due([coming(hours)], early, NOON) == DueLeagues((), ())
    found = due([coming(hours)], late, NOON)
    assert (*found.urgent, *found.calm) == ("epl",)
    assert bool(found.urgent) == (hours <= 2)


def test_what_was_never_asked_for_is_due_and_what_is_far_or_over_is_not():
    assert due([coming(48), coming(3, "laliga"), coming(1, "serie-a")], {}, NOON) == DueLeagues(
        ("serie-a",), ("epl", "laliga")
    )
    assert due([coming(8 * 24), coming(-0.1, "laliga"), coming(0, "serie-a")], {}, NOON) == DueLeagues((), ())
    unknown = Match(league="epl", season="2526", day=NOON.date(), home="arsenal", away="chelsea")
    assert due([unknown], {}, NOON) == DueLeagues((), ())


def test_a_site_that_publishes_now_and_then_is_asked_once_an_hour():
    asked = {"epl": LastPoll(NOON - timedelta(minutes=30), FILES)}
    assert due([coming(0.5)], asked, NOON) == DueLeagues((), ())
    assert due([coming(0.5)], {"epl": LastPoll(NOON - timedelta(minutes=61), FILES)}, NOON).urgent == ("epl",)


def test_a_note_from_a_clock_that_ran_ahead_holds_nothing_up():
    assert due([coming(3)], {"epl": LastPoll(NOON + timedelta(days=1), ODDS_API)}, NOON).calm == ("epl",)


@given(st.lists(st.integers(0, 40), max_size=60))
def test_a_league_is_never_asked_for_twice_within_four_minutes(steps):
    asked, times, now = {}, [], NOON
    match = coming(24)
    for minutes in steps:
        now += timedelta(minutes=minutes)
        found = due([match], asked, now)
        if found.urgent or found.calm:
            asked = {"epl": LastPoll(now, ODDS_API)}
            times.append(now)
    assert all(after - before >= timedelta(minutes=4) for before, after in pairwise(times))


def test_what_was_asked_is_remembered_league_by_league():
    register = MemoryCasStore()
    note_asked(register, {"epl": ODDS_API}, NOON)
    note_asked(register, {"laliga": FILES}, NOON + timedelta(hours=1))
    note_asked(register, {}, NOON + timedelta(hours=2))
    assert read_asked(register) == {
        "epl": LastPoll(NOON, ODDS_API),
        "laliga": LastPoll(NOON + timedelta(hours=1), FILES),
    }


@pytest.mark.parametrize("text", ["", "[]", "{", '{"epl": 3}', '{"epl": ["soon", "x"]}'])
def test_a_note_that_nobody_can_read_makes_everything_due(text):
    register = MemoryCasStore()
    assert register.swap(ASKED, None, text)
    assert read_asked(register) == {}

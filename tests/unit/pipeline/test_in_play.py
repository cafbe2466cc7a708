"""Scores are asked for of exactly the leagues that have a match in play."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sabiscore.domain.match import Match
from sabiscore.pipeline.in_play import in_play
from sabiscore.sources.base import Wanted
from sabiscore.sources.registry import PREFERENCE, declare
from tests.support.cas_stores import NOON


def begun(minutes: float, league: str = "epl") -> Match:
    """A match whose kick-off was so long before noon."""
    kickoff_at = NOON - timedelta(minutes=minutes)
    return Match(
        league=league,
        season="2526",
        day=kickoff_at.date(),
        home="arsenal",
        away="chelsea",
        kickoff_at=kickoff_at,
    )


@given(st.floats(min_value=-600, max_value=600).map(lambda minutes: round(minutes, 3)))
def test_a_match_is_in_play_from_its_kick_off_for_two_hours_and_a_quarter(minutes):
    assert (in_play([begun(minutes)], NOON) is not None) == (0 <= minutes < 135)


def test_each_league_once_and_only_those_with_a_match_in_play():
    matches = [
        begun(-1, "bundesliga"),
        begun(30, "laliga"),
        begun(90, "epl"),
        begun(20, "epl"),
        begun(200, "serie-a"),
        replace(begun(10, "ligue-1"), kickoff_at=None),
        replace(begun(110, "ligue-1"), goals=(2, 1)),
    ]
    today = NOON.date()
    assert in_play(matches, NOON) == Wanted(frozenset({"scores"}), ("epl", "laliga"), today, today)


def test_the_days_are_those_of_the_kick_offs_in_utc():
    late, midnight = begun(0), NOON.replace(hour=0, minute=30)
    late = replace(late, kickoff_at=midnight - timedelta(hours=1), day=date(2000, 1, 1))
    wanted = in_play([late], midnight)
    assert wanted is not None
    assert (wanted.first, wanted.last) == ((midnight - timedelta(days=1)).date(),) * 2


def test_who_is_asked_tells_scores_while_they_are_played_and_never_by_the_month():
    by_name = {source.provider.name: source for source in declare({})}
    first, *others = PREFERENCE["scores"]
    assert (by_name[first].needs, by_name[first].plan) == ((), None)
    plans = [by_name[name].plan for name in others]
    assert [plan.unit for plan in plans if plan] == ["day"]

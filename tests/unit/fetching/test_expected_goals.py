"""Expected goals find their match by teams and day: sides exchanged and late kick-offs harm nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sabiscore.domain.facts import Event, ExpectedGoals, Result
from sabiscore.domain.match import Match
from sabiscore.fetching.expected_goals import matched_goals
from sabiscore.identity.resolve import resolve
from sabiscore.identity.rosters import KnownMatches
from sabiscore.sources.base import Reply

KICKOFF = datetime(2026, 2, 10, 20, tzinfo=UTC)
MATCH = Match(
    league="epl",
    season="2526",
    day=date(2026, 2, 10),
    home="arsenal",
    away="chelsea",
    kickoff_at=KICKOFF,
    goals=(2, 0),
)
RETURN = Match(
    league="epl", season="2526", day=date(2025, 10, 4), home="chelsea", away="arsenal", goals=(1, 1)
)
OTHER = Match(
    league="epl",
    season="2526",
    day=date(2026, 2, 10),
    home="everton",
    away="fulham",
    kickoff_at=KICKOFF,
    goals=(0, 0),
)
KNOWN = KnownMatches([MATCH, RETURN, OTHER])
EVENT = Event(id="1", league="epl", season="2526", kickoff_at=KICKOFF, home="Arsenal", away="Chelsea")
SWAPPED = replace(EVENT, home="Chelsea", away="Arsenal")


def matched(event: Event, goals: tuple[int, int] | None, known: KnownMatches = KNOWN):
    facts = (ExpectedGoals(event.id, 1.75, 0.5), *([Result(event.id, "finished", goals)] if goals else []))
    reply = Reply(provider="understat.com", events=(event,), facts=facts)
    resolved = resolve("understat.com", [event], known.rosters, known.fixtures)
    return matched_goals("understat.com", [reply], resolved, known)


def test_an_event_as_it_should_be():
    (match_goals,) = matched(EVENT, (2, 0))
    assert (
        match_goals.match,
        match_goals.home,
        match_goals.away,
        match_goals.swapped,
        match_goals.moved,
    ) == (MATCH, 1.75, 0.5, False, False)


@pytest.mark.parametrize("goals", [(0, 2), None])
def test_sides_that_were_exchanged_are_put_right_and_said(goals):
    (match_goals,) = matched(SWAPPED, goals)
    assert (match_goals.match, match_goals.home, match_goals.away, match_goals.swapped) == (
        MATCH,
        0.5,
        1.75,
        True,
    )


def test_sides_are_exchanged_before_the_return_match_is_known_too():
    (match_goals,) = matched(SWAPPED, (0, 2), KnownMatches([MATCH, OTHER]))
    assert (match_goals.match, match_goals.swapped) == (MATCH, True)


def test_a_result_that_is_not_the_other_way_round_is_another_match():
    assert matched(SWAPPED, (2, 0)) == []


def test_another_day_is_another_match():
    assert matched(replace(SWAPPED, kickoff_at=KICKOFF + timedelta(days=9)), (0, 2)) == []


@pytest.mark.parametrize("late", [timedelta(hours=1), timedelta(hours=5)])
def test_a_kick_off_that_is_late_is_the_same_match_and_said(late):
    (match_goals,) = matched(replace(EVENT, kickoff_at=KICKOFF + late), (2, 0))
    assert (match_goals.match, match_goals.moved, match_goals.swapped) == (MATCH, True, False)


def test_a_match_that_comes_both_ways_counts_once_and_as_it_should_be():
    events = (EVENT, replace(SWAPPED, id="2"))
    facts = (ExpectedGoals("1", 1.75, 0.5), ExpectedGoals("2", 9.0, 9.0))
    resolved = resolve("understat.com", events, KNOWN.rosters, KNOWN.fixtures)
    match_goals = matched_goals(
        "understat.com", [Reply(provider="understat.com", events=events, facts=facts)], resolved, KNOWN
    )
    assert [(match_goal.match, match_goal.home) for match_goal in match_goals] == [(MATCH, 1.75)]

"""What was observed completes season files, and never contradicts them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from infra.local.schedules import due
from sabiscore.domain.match import Match
from sabiscore.identity.match_ids import identity_of
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.pipeline.calendar import overlaid
from sabiscore.store.observations import Observation

DAY = date(2026, 4, 18)
AT = datetime(2026, 4, 18, 14, tzinfo=UTC)
MATCH = Match(league="epl", season="2526", day=DAY, home="arsenal", away="chelsea", kickoff_at=AT)
SEEN = Observation(
    league="epl",
    season="2526",
    day=DAY,
    home="arsenal",
    away="chelsea",
    status="scheduled",
    source="espn.com",
    known_at=AT,
    kickoff_at=AT,
)


def over(*seen: Observation, matches=(MATCH,)) -> list[Match]:
    return overlaid(matches, {observation.match_id: observation for observation in seen})


def test_a_result_is_taken_where_no_file_has_one():
    (match,) = over(replace(SEEN, status="finished", goals=(2, 1)))
    assert (match.goals, match.rated) == ((2, 1), True)
    played = replace(MATCH, goals=(0, 0))
    assert over(replace(SEEN, status="finished", goals=(2, 1)), matches=[played]) == [played]


def test_an_awarded_result_is_not_rated():
    (match,) = over(replace(SEEN, status="awarded", goals=(3, 0)))
    assert (match.goals, match.rated) == ((3, 0), False)


def test_goals_so_far_are_no_result():
    (match,) = over(replace(SEEN, status="in_play", goals=(1, 0)))
    assert match.goals is None


@pytest.mark.parametrize("status", ["postponed", "abandoned"])
def test_a_match_put_off_is_left_out_until_it_has_a_day(status):
    assert over(replace(SEEN, status=status)) == []
    later = AT + timedelta(days=20)
    (match,) = over(replace(SEEN, kickoff_at=later, day=later.date()))
    assert (match.day, match.kickoff_at, match.id) == (later.date(), later, MATCH.id)


def test_a_match_that_only_a_source_knows_is_added_unless_a_team_would_play_twice():
    other = replace(SEEN, home="liverpool", away="everton")
    assert [match.id for match in over(SEEN, other)] == [MATCH.id, "epl-2526-liverpool-everton"]
    assert [match.id for match in over(replace(SEEN, home="chelsea", away="everton"))] == [MATCH.id]


def test_a_kick_off_that_is_not_known_yet_keeps_the_one_of_the_same_day():
    (match,) = over(replace(SEEN, kickoff_at=None))
    assert match.kickoff_at == AT
    (match,) = over(replace(SEEN, kickoff_at=None, day=DAY + timedelta(days=2)))
    assert match.kickoff_at is None


def test_an_id_is_taken_apart_only_where_the_roster_leaves_no_doubt():
    teams = {("epl", "2526"): frozenset({"a", "a-b", "b", "b-c", "c"})}
    assert identity_of("epl-2526-a-c", teams) is not None
    assert identity_of("epl-2526-a-b-c", teams) is None
    assert identity_of("epl-2526-a-x", teams) is None
    second = identity_of("epl-2526-c-b-2", teams)
    assert second is not None
    assert (second.away, second.leg) == ("b", 2)


def test_what_was_missed_in_sleep_is_made_up_for_once():
    then = {"odds": AT, "stats": AT + timedelta(minutes=30)}
    assert due(then, AT - timedelta(seconds=1)) == []
    woken = AT + timedelta(hours=7, minutes=1)
    assert due(then, woken) == ["odds", "stats"]
    assert then == {"odds": woken + timedelta(minutes=4), "stats": AT + timedelta(hours=8)}
    assert due(then, woken) == []


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)])
def test_every_day_has_as_many_runs_as_any_other(day):
    for job, runs in {"odds": 288, "stats": 24, "calibrate": 480, "cleanup": 1}.items():
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(microseconds=1)
        found = []
        while (now := TIMETABLE[job].next(now)).date() == day:
            found.append(now)
        assert len(found) == runs
        assert found[0].hour == (2 if job == "cleanup" else 0)


@pytest.mark.parametrize("back", [timedelta(minutes=10), timedelta(hours=1), timedelta(days=366)])
def test_a_time_that_a_clock_set_back_has_left_too_far_off_is_void(back):
    then = dict.fromkeys(TIMETABLE, AT)
    assert due(then, AT) == list(TIMETABLE)
    now = AT - back
    void = [job for job, at in then.items() if at - now > TIMETABLE[job].interval]
    assert "odds" in void
    assert due(then, now) == void
    assert all(now < at <= now + TIMETABLE[job].interval for job, at in then.items())
    assert due(then, now) == []

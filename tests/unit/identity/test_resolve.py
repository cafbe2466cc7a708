"""Which of our matches an event is: never a wrong one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import Event
from sabiscore.domain.match import Match
from sabiscore.identity.resolve import Fixtures, Resolved, resolve
from tests.support.rosters import some_rosters

SEPTEMBER = datetime(2031, 9, 13, 14, tzinfo=UTC)


def event(home="Arsenal", away="Chelsea FC", kickoff_at=SEPTEMBER, league="epl", season=None, **more):
    return Event(
        id=more.pop("id", "e1"),
        league=league,
        season=season,
        kickoff_at=kickoff_at,
        home=home,
        away=away,
        **more,
    )


def match(
    home="arsenal", away="chelsea", *, day=date(2031, 9, 13), league="epl", leg=1, goals=None, season="3132"
):
    return Match(league=league, season=season, day=day, home=home, away=away, leg=leg, goals=goals)


def resolved(*events, matches=()) -> Resolved:
    return resolve("the-odds-api.com", events, some_rosters(), Fixtures(matches))


def test_an_event_is_its_match_whether_or_not_the_fixture_is_known():
    assert resolved(event()).matches == {"e1": "epl-3132-arsenal-chelsea"}
    assert resolved(event(), matches=[match()]).matches == {"e1": "epl-3132-arsenal-chelsea"}


def test_a_match_that_was_moved_keeps_its_id():
    moved = event(kickoff_at=datetime(2032, 2, 3, 20, tzinfo=UTC))
    assert resolved(moved, matches=[match()]).matches == {"e1": "epl-3132-arsenal-chelsea"}


@pytest.mark.parametrize("kickoff_at", [SEPTEMBER, datetime(2032, 5, 20, 14, tzinfo=UTC)])
def test_a_fixture_that_was_played_on_another_day_is_not_this_one(kickoff_at):
    played = match(day=date(2031, 12, 1), goals=(1, 0))
    assert resolved(event(kickoff_at=kickoff_at), matches=[played]).refused == {
        "e1": "this fixture was played on another day"
    }


def test_a_fixture_that_was_played_that_day_in_local_time_is_this_one():
    late = event(kickoff_at=datetime(2031, 9, 14, 1, tzinfo=UTC))
    assert resolved(late, matches=[match(goals=(2, 2))]).matches == {"e1": "epl-3132-arsenal-chelsea"}


def test_home_and_away_turned_round_are_refused():
    turned = match("chelsea", "arsenal")
    assert resolved(event(), matches=[turned]).refused == {"e1": "home and away may be turned round"}
    later = match(day=date(2032, 3, 1))
    assert not resolved(event(), matches=[turned, later]).matches


def test_neutral_ground_needs_a_known_fixture():
    assert resolved(event(neutral=True)).refused == {
        "e1": "on neutral ground, and no such fixture is known for that day"
    }
    assert resolved(event(neutral=True), matches=[match()]).matches


def test_the_season_is_the_feeds_before_it_is_that_of_the_day():
    late = datetime(2032, 8, 2, 18, tzinfo=UTC)  # a season that ran late
    assert resolved(event(season="3132", kickoff_at=late)).matches == {"e1": "epl-3132-arsenal-chelsea"}
    assert resolved(event(kickoff_at=late)).refused == {"e1": "no teams are known of this season"}
    assert resolved(event(season="3031")).refused == {"e1": "the kick-off is outside the season"}
    assert resolved(event(season="3132", kickoff_at=datetime(2033, 1, 1, tzinfo=UTC))).refused


def test_unmatched_names_are_listed_once_with_their_events():
    result = resolved(
        event("Arsenal", "Chelsae"),
        event("Chelsae", "Everton", id="e2"),
        event("Arsenal", "Arsenal FC", id="e3"),
        event(kickoff_at=None, id="e4"),
    )
    assert [(name.name, name.candidates[0]) for name in result.unmatched] == [("Chelsae", "chelsea")]
    assert result.refused == {
        "e1": "a name is not matched",
        "e2": "a name is not matched",
        "e3": "both names are of one team",
        "e4": "neither a season nor a day is known",
    }


def test_two_events_of_one_match_are_one_unless_their_days_differ():
    again = event(id="e2")
    assert resolved(event(), again).matches == dict.fromkeys(("e1", "e2"), "epl-3132-arsenal-chelsea")
    anew = event(id="e2", kickoff_at=datetime(2031, 10, 1, 19, tzinfo=UTC))
    result = resolved(event(), anew)
    assert result.matches == {"e2": "epl-3132-arsenal-chelsea"}
    assert result.refused == {"e1": "the same match is announced for a later day"}


def test_matches_of_different_days_do_not_hinder_each_other():
    other = event("Everton", "Leeds", datetime(2031, 10, 1, 19, tzinfo=UTC), id="e2")
    assert resolved(event(), other).matches == {
        "e1": "epl-3132-arsenal-chelsea",
        "e2": "epl-3132-everton-leeds",
    }


def test_an_event_without_a_day_gives_way_to_the_one_that_has_one():
    undated = event(id="e0", kickoff_at=None, season="3132")
    assert resolved(undated).matches == {"e0": "epl-3132-arsenal-chelsea"}
    result = resolved(undated, event())
    assert result.matches == {"e1": "epl-3132-arsenal-chelsea"}
    assert result.refused.keys() == {"e0"}


def test_the_newest_result_is_that_of_the_last_day_in_any_order():
    days = [date(2031, 9, day) for day in (6, 20, 13)]
    played = [match(day=day, goals=(1, 0)) for day in days]
    fixtures = Fixtures([*played, match(day=date(2031, 10, 4))])
    assert fixtures.newest_result("epl", "3132") == date(2031, 9, 20)
    assert fixtures.newest_result("laliga", "3132") is None


def test_a_second_meeting_is_distinguished_wherever_teams_meet_twice():
    greek = {"home": "aek", "away": "aris", "league": "super-league"}
    met = match(**greek, goals=(1, 0))
    again = match(**greek, day=date(2032, 3, 1), leg=2)
    found = event("AEK", "Aris", datetime(2032, 3, 1, 18, tzinfo=UTC), "super-league")
    assert resolved(found, matches=[met, again]).matches == {"e1": "super-league-3132-aek-aris-2"}


def scottish(day: datetime | None) -> Event:
    return event("Celtic", "Rangers", day, "scottish-premiership", "3132")


def meeting(day: date, leg: int, goals: tuple[int, int] | None = None) -> Match:
    return match("celtic", "rangers", day=day, league="scottish-premiership", leg=leg, goals=goals)


FIRST = meeting(date(2031, 9, 1), 1, (2, 0))
ELSEWHERE = match("hearts", "dundee", day=date(2032, 2, 20), league="scottish-premiership", goals=(0, 0))
ID = "scottish-premiership-3132-celtic-rangers"


@pytest.mark.parametrize(
    ("day", "known", "expected"),
    [
        ((2031, 9, 1), [FIRST], ID),
        ((2031, 9, 1), [], ID),  # early in the season nobody meets twice
        ((2032, 3, 1), [FIRST, meeting(date(2032, 3, 1), 2)], f"{ID}-2"),
        ((2032, 3, 9), [FIRST, meeting(date(2032, 3, 1), 2)], f"{ID}-2"),  # moved
        ((2032, 3, 1), [FIRST, ELSEWHERE], f"{ID}-2"),  # the next one after the newest result
        ((2032, 3, 1), [FIRST], "the leg is still ambiguous"),
        ((2032, 3, 1), [], "the leg is still ambiguous"),
        ((2031, 10, 1), [meeting(date(2032, 3, 1), 2)], "the leg could be two"),
        ((2031, 8, 1), [FIRST, ELSEWHERE], "the leg could be two"),
        ((2032, 5, 1), [FIRST, meeting(date(2032, 1, 1), 2, (1, 1)), meeting(date(2032, 4, 1), 3, (1, 1))],
         "the leg could be two"),
        (None, [FIRST], "the leg is ambiguous without a date"),
    ],
)  # fmt: skip
def test_where_teams_meet_more_than_once_the_leg_is_certain_or_refused(day, known, expected):
    at = datetime(*day, 15, tzinfo=UTC) if day else None
    result = resolved(scottish(at), matches=known)
    assert expected in (result.matches.get("e1"), result.refused.get("e1"))

"""The form of clubs: their last results as they saw them, and ratings of the days on which these changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from sabiscore.features.replay import state_after
from sabiscore.history import columns_of
from sabiscore.pipeline.club_forms import joined, last_results, publish_forms, rated_over_time
from sabiscore.publication.club_forms import MOST_RATINGS, MOST_RESULTS, read_forms
from sabiscore.publication.supplements import read_supplements
from tests.support.served import ROSTERS, match

DAY = date(2025, 1, 4)
TEAMS = ROSTERS["epl"][:4]


def played(weeks: int):
    """Two matches a week among four teams, each at home in turn."""
    found = []
    for week in range(weeks):
        shift = week % 3
        first, second, third, fourth = TEAMS[0], *(TEAMS[1 + (k + shift) % 3] for k in range(3))
        for home, away, goals in ((first, second, (week % 4, 1)), (third, fourth, (1, 1))):
            day = DAY + timedelta(weeks=week)
            found.append(
                match(
                    home, away, day=day, goals=goals, kickoff_at=None, prices={}, lines={}, priced_at=None,
                    leg=1 + week // 3,
                )
            )  # fmt: skip
    return found


def test_results_are_those_of_the_club_newest_first():
    results = last_results([match("arsenal", "chelsea", goals=(2, 1)), *played(12)])
    newest = results["arsenal"][0]
    assert (newest.opponent, newest.at_home, newest.scored, newest.conceded) == ("chelsea", True, 2, 1)
    lost = results["chelsea"][0]
    assert (lost.opponent, lost.at_home, lost.scored, lost.conceded) == ("arsenal", False, 1, 2)
    days = [result.day for result in results["arsenal"]]
    assert days == sorted(days, reverse=True)
    assert len(days) == MOST_RESULTS


def test_awarded_results_and_matches_to_come_are_no_form():
    assert (
        last_results([match("arsenal", "chelsea"), match("inter", "milan", goals=(3, 0), rated=False)]) == {}
    )


def test_a_replay_in_steps_ends_in_the_very_state_of_a_replay_at_once():
    history = columns_of(played(60))
    whole = state_after(history)
    state, ratings = rated_over_time(history)
    assert (state.teams, state.day) == (whole.teams, whole.day)
    for name in ("team", "league", "pair_keys", "pair"):
        assert np.array_equal(getattr(state, name), getattr(whole, name), equal_nan=True)
    points = ratings["arsenal"]
    assert 10 < len(points) <= MOST_RATINGS
    assert [day for day, _ in points] == sorted(day for day, _ in points)
    assert points[-1][0] == DAY + timedelta(weeks=59)


def test_nothing_played_is_no_rating():
    state, ratings = rated_over_time(columns_of([]))
    assert (len(state.teams), ratings) == (0, {})


def test_ratings_grow_day_by_day_and_the_oldest_go(tmp_path):
    rosters = {"epl": ("arsenal", "chelsea")}
    for number in range(50):
        rating = [(DAY + timedelta(days=number), 1500.0 + number)]
        publish_forms(tmp_path, rosters, played(4), {"arsenal": rating})
    forms = read_forms(read_supplements(tmp_path), "epl")
    assert forms is not None
    assert [rating for _, rating in forms["arsenal"].ratings] == [1510.0 + k for k in range(MOST_RATINGS)]
    assert len(forms["arsenal"].results) == 4
    assert forms["chelsea"].ratings == ()
    assert read_forms(read_supplements(tmp_path), "laliga") is None


def test_the_later_word_on_a_day_counts():
    assert joined([(DAY, 1500.0)], [(DAY, 1510.0)]) == ((DAY, 1510.0),)


@pytest.mark.parametrize("change", [{"goals": None}, {"rated": False}])
def test_what_is_left_out_leaves_the_others(change):
    first, *others = played(2)
    assert last_results([replace(first, **change), *others]) == last_results(others)

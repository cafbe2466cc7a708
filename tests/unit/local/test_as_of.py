"""The clock of a local run: the present for fresh data, a match week for old data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.as_of import choose_moment
from sabiscore.domain.league import LEAGUES
from sabiscore.errors import BadSetting
from sabiscore.history import History, blank, day_number

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
SERVED = [index for index, league in enumerate(LEAGUES) if league.served]
OTHER = next(index for index, league in enumerate(LEAGUES) if not league.served)


def _history(*matches: tuple[int, date]) -> History:
    history = blank(len(matches), ["home", "away"])
    history.league[:] = [league for league, _ in matches]
    history.day[:] = [day_number(day) for _, day in matches]
    return history


def test_fresh_data_lives_in_the_present() -> None:
    history = _history((SERVED[0], date(2026, 3, 1)), (SERVED[0], date(2025, 3, 1)))
    moment = choose_moment(history, NOW)
    assert moment.as_of == NOW
    assert not moment.rehearsal


@pytest.mark.parametrize(("age_days", "rehearsal"), [(30, False), (31, True)])
def test_data_is_old_after_thirty_days(age_days: int, rehearsal: bool) -> None:
    history = _history((SERVED[0], NOW.date() - timedelta(days=age_days)), (SERVED[0], date(2020, 1, 4)))
    assert choose_moment(history, NOW).rehearsal is rehearsal


def test_old_data_is_rehearsed_from_the_last_saturday_all_served_leagues_play_after() -> None:
    together = [(index, date(2025, 5, 10) + timedelta(days=n % 7)) for n, index in enumerate(SERVED)]
    later = [(SERVED[0], date(2025, 5, 24)), (OTHER, date(2025, 6, 1))]
    moment = choose_moment(_history((OTHER, date(2024, 8, 1)), *together, *later), NOW)
    assert moment.as_of == datetime(2025, 5, 10, tzinfo=UTC)
    assert moment.rehearsal
    assert str(moment) == "rehearsal, as of 2025-05-10"


def test_without_a_common_week_any_league_will_do() -> None:
    history = _history((SERVED[0], date(2024, 5, 1)), (SERVED[1], date(2025, 5, 11)))
    assert choose_moment(history, NOW).as_of == datetime(2025, 5, 10, tzinfo=UTC)


def test_a_league_that_has_not_played_for_a_year_is_not_waited_for() -> None:
    stopped = (SERVED[2], date(2020, 3, 7))
    together = [(SERVED[n], date(2025, 5, 3)) for n in (0, 1)]
    history = _history(stopped, *together, (SERVED[0], date(2025, 5, 17)))
    assert choose_moment(history, NOW).as_of == datetime(2025, 5, 3, tzinfo=UTC)


def test_a_given_date_wins() -> None:
    history = _history((SERVED[0], date(2026, 3, 9)), (SERVED[0], date(2020, 1, 4)))
    moment = choose_moment(history, NOW, date(2025, 1, 1))
    assert moment.as_of == datetime(2025, 1, 1, tzinfo=UTC)
    assert moment.rehearsal


def test_a_date_before_the_first_match_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadSetting, match="2020-01-04") as refused:
        choose_moment(_history((SERVED[0], date(2020, 1, 4))), NOW, date(2020, 1, 4))
    assert "--as-of" in refused.value.hint


def test_no_matches_at_all_are_refused() -> None:
    with pytest.raises(BadSetting, match="no matches"):
        choose_moment(blank(0), NOW)


@given(st.lists(st.tuples(st.sampled_from(range(len(LEAGUES))), st.integers(15_000, 19_000)), min_size=2))
def test_a_rehearsal_is_a_saturday_midnight_with_matches_in_its_week(matches: list[tuple[int, int]]) -> None:
    history = blank(len(matches) + 1, ["home", "away"])
    history.league[:-1] = [league for league, _ in matches]
    history.day[:-1] = [day for _, day in matches]
    history.day[-1] = 14_000
    moment = choose_moment(history, NOW)
    start = day_number(moment.as_of.date())
    assert moment.as_of.weekday() == 5
    assert moment.as_of.time().isoformat() == "00:00:00"
    assert np.any((history.day >= start) & (history.day < start + 7))

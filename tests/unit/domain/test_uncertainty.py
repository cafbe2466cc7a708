"""How uncertain a probability is when its prices are read long before kick-off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.domain.uncertainty import LEAST_WAIT_H, TYPICAL_WAIT_H, after_wait, wait_h

KICKOFF = datetime(2025, 8, 16, 14, tzinfo=UTC)


@given(hours=st.tuples(st.floats(0, 500), st.floats(0, 500)).map(sorted))
def test_the_longer_before_kick_off_the_less_certain(hours):
    shorter, longer = (after_wait(0.002, each) for each in hours)
    assert 0 < shorter <= longer


def test_it_grows_with_the_fourth_root_of_the_hours_from_the_fewest_that_count():
    assert after_wait(0.002, TYPICAL_WAIT_H) == 0.002
    assert after_wait(0.002, 16 * TYPICAL_WAIT_H) == pytest.approx(0.004)
    least = 0.002 * (LEAST_WAIT_H / TYPICAL_WAIT_H) ** 0.25
    assert [after_wait(0.002, hours) for hours in (LEAST_WAIT_H, 1.0, 0.0)] == [pytest.approx(least)] * 3


def test_hours_that_nobody_knows_change_nothing():
    assert after_wait(0.002, None) == 0.002
    assert wait_h(None, KICKOFF) is None
    assert wait_h(KICKOFF, None) is None
    assert wait_h(KICKOFF - timedelta(hours=7, minutes=30), KICKOFF) == 7.5

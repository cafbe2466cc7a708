"""When a dependency is left alone: by states and instants alone, without a clock."""

from __future__ import annotations

import pytest

from sabiscore.cache.breaker_policy import CLOSED, BreakerPolicy, BreakerState

POLICY = BreakerPolicy(open_s=60.0, failures=3, longest_open_s=600.0, probe_s=30.0, skew_s=5.0)
OPEN = BreakerState(3, opened_at=1000.0, open_for=60.0)


def failed(state: BreakerState, now: float, **more) -> BreakerState:
    entered = POLICY.enter(state, now)
    assert entered is not None
    permit, inside = entered
    return POLICY.leave(inside, now, permit, worked=False, **more)


@pytest.mark.parametrize(
    ("now", "position"),
    [
        (994.9, "half open"),  # a clock that was set back further than clocks differ
        (995.0, "open"),
        (1000.0, "open"),
        (1059.9, "open"),
        (1060.0, "half open"),
    ],
)
def test_it_is_open_for_as_long_as_it_was_opened(now, position):
    assert POLICY.position(OPEN, now) == position
    assert POLICY.position(CLOSED, now) == "closed"


def test_failures_in_a_row_open_it():
    state = failed(failed(CLOSED, 1.0), 2.0)
    assert (state.failures, state.open_for) == (2, 0.0)
    assert failed(state, 3.0) == BreakerState(3, opened_at=3.0, open_for=60.0)
    assert POLICY.enter(failed(state, 3.0), 4.0) is None


def test_a_call_after_failures_is_doubtful_and_its_success_begins_anew():
    assert POLICY.enter(CLOSED, 1.0) == ("call", CLOSED)
    state = failed(CLOSED, 1.0)
    assert POLICY.enter(state, 2.0) == ("doubtful call", state)
    assert POLICY.leave(state, 2.0, "doubtful call", worked=True) == CLOSED
    assert POLICY.leave(state, 2.0, "call", worked=True) == state


def test_one_probe_goes_at_a_time_and_a_dead_one_is_followed():
    permit, probing = POLICY.enter(OPEN, 1060.0)
    assert (permit, probing.probe_at) == ("probe", 1060.0)
    assert POLICY.enter(probing, 1060.0) is None
    assert POLICY.enter(probing, 1089.9) is None
    assert POLICY.enter(probing, 1090.0)[0] == "probe"
    assert POLICY.enter(POLICY.abandon(probing, "probe"), 1061.0)[0] == "probe"
    assert POLICY.abandon(probing, "call") == probing


def test_a_probe_closes_it_or_opens_it_anew():
    _, probing = POLICY.enter(OPEN, 1060.0)
    assert POLICY.leave(probing, 1061.0, "probe", worked=True) == CLOSED
    again = POLICY.leave(probing, 1061.0, "probe", worked=False)
    assert again == BreakerState(4, opened_at=1061.0, open_for=60.0)


def test_calls_that_began_before_it_opened_change_nothing():
    for permit in ("call", "doubtful call"):
        for worked in (True, False):
            assert POLICY.leave(OPEN, 1010.0, permit, worked=worked) == OPEN


@pytest.mark.parametrize(("asked", "open_for"), [(0.0, 60.0), (30.0, 60.0), (90.0, 90.0), (9000.0, 600.0)])
def test_a_pause_that_is_asked_for_opens_it_at_once(asked, open_for):
    assert failed(CLOSED, 5.0, pause_s=asked) == BreakerState(1, opened_at=5.0, open_for=open_for)


def test_it_tolerates_five_failures_and_a_minute_of_skew_unless_told_otherwise():
    plain = BreakerPolicy(open_s=1.0)
    state = CLOSED
    for number in range(5):
        assert plain.position(state, 10.0) == "closed", number
        state = plain.leave(state, 10.0, "call", worked=False)
    assert plain.position(state, 10.0) == "open"
    assert plain.position(state, -50.0) == "open"
    assert plain.position(state, -50.1) == "half open"

"""Five failures open it, a minute later one call tries, and a clock that jumps does no harm."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sabiscore.errors import CircuitOpen
from sabiscore.net.breaker import PROVIDER_POLICY, CircuitBreaker
from sabiscore.net.cas_store import MemoryCasStore
from tests.support.cas_stores import AwayRegister, Hands


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def breaker(hands: Hands) -> CircuitBreaker:
    return CircuitBreaker("espn", MemoryCasStore(), hands)


def fail(breaker: CircuitBreaker, times: int = PROVIDER_POLICY.failures) -> None:
    for _ in range(times):
        breaker.leave(breaker.enter(), worked=False)


def test_it_opens_after_five_failures_in_a_row_and_not_before(breaker: CircuitBreaker) -> None:
    fail(breaker, PROVIDER_POLICY.failures - 1)
    breaker.leave(breaker.enter(), worked=True)
    fail(breaker, PROVIDER_POLICY.failures - 1)
    assert breaker.position() == "closed"
    fail(breaker, 1)
    assert breaker.position() == "open"
    with pytest.raises(CircuitOpen, match="espn is left alone"):
        breaker.enter()


def test_a_probe_that_works_closes_it_and_one_that_fails_opens_it_again(
    breaker: CircuitBreaker, hands: Hands
) -> None:
    fail(breaker)
    hands.move(PROVIDER_POLICY.open_s - 1)
    with pytest.raises(CircuitOpen):
        breaker.enter()
    hands.move(1)
    assert breaker.position() == "half open"
    fail(breaker, 1)
    assert breaker.position() == "open"
    hands.move(PROVIDER_POLICY.open_s)
    permit = breaker.enter()
    assert permit == "probe"
    breaker.leave(permit, worked=True)
    assert breaker.position() == "closed"
    assert breaker.enter() == "call"


def test_of_many_at_once_one_may_try(hands: Hands) -> None:
    register = MemoryCasStore()
    fail(CircuitBreaker("espn", register, hands))
    hands.move(PROVIDER_POLICY.open_s)
    start = threading.Barrier(16)

    def enter(_: int) -> bool:
        breaker = CircuitBreaker("espn", register, hands)
        start.wait(60)
        try:
            return breaker.enter() == "probe"
        except CircuitOpen:
            return False

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(enter, range(16))) == 1


def test_a_probe_that_dies_does_not_block_others_for_ever(breaker: CircuitBreaker, hands: Hands) -> None:
    fail(breaker)
    hands.move(PROVIDER_POLICY.open_s)
    assert breaker.enter() == "probe"
    hands.move(PROVIDER_POLICY.probe_s - 1)
    with pytest.raises(CircuitOpen):
        breaker.enter()
    hands.move(1)
    assert breaker.enter() == "probe"


def test_a_probe_that_was_not_made_leaves_its_place_to_another(breaker: CircuitBreaker, hands: Hands) -> None:
    fail(breaker)
    hands.move(PROVIDER_POLICY.open_s)
    breaker.abandon(breaker.enter())
    assert breaker.enter() == "probe"


@pytest.mark.parametrize("worked", [True, False])
def test_calls_that_began_before_it_opened_change_nothing(
    breaker: CircuitBreaker, hands: Hands, worked: bool
) -> None:
    late = breaker.enter()
    fail(breaker)
    before = breaker.state()
    hands.move(10)
    breaker.leave(late, worked=worked)
    assert breaker.state() == before


def test_a_pause_that_the_provider_asks_for_is_kept_within_reason(
    breaker: CircuitBreaker, hands: Hands
) -> None:
    breaker.leave(breaker.enter(), worked=False, pause_s=600)
    hands.move(599)
    assert breaker.position() == "open"
    hands.move(1)
    assert breaker.position() == "half open"
    breaker.leave(breaker.enter(), worked=False, pause_s=1e9)
    assert breaker.state().open_for == PROVIDER_POLICY.longest_open_s


@pytest.mark.parametrize("jump_s", [-600, 600])
def test_a_clock_that_jumps_never_keeps_it_shut(breaker: CircuitBreaker, hands: Hands, jump_s: int) -> None:
    fail(breaker)
    hands.move(jump_s)
    assert breaker.enter() == "probe"
    with pytest.raises(CircuitOpen):
        breaker.enter()


def test_each_provider_has_its_own(hands: Hands) -> None:
    register = MemoryCasStore()
    fail(CircuitBreaker("espn", register, hands))
    assert CircuitBreaker("understat", register, hands).enter() == "call"


def test_without_its_state_calls_are_still_made(hands: Hands) -> None:
    breaker = CircuitBreaker("espn", AwayRegister(), hands)
    fail(breaker, 2 * PROVIDER_POLICY.failures)
    assert breaker.position() == "closed"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"other": 1}', "null", "7"])
def test_what_another_version_wrote_counts_as_closed(hands: Hands, text: str) -> None:
    register = MemoryCasStore()
    register.swap("breaker:espn", None, text)
    breaker = CircuitBreaker("espn", register, hands)
    assert breaker.enter() == "call"
    fail(breaker)
    assert breaker.position() == "open"


def test_a_call_that_nothing_had_failed_before_leaves_failures_that_came_meanwhile(
    breaker: CircuitBreaker,
) -> None:
    early = breaker.enter()
    fail(breaker, PROVIDER_POLICY.failures - 1)
    breaker.leave(early, worked=True)
    assert breaker.state().failures == PROVIDER_POLICY.failures - 1
    assert breaker.enter() == "doubtful call"
    breaker.leave("doubtful call", worked=True)
    assert breaker.state().failures == 0

"""However many processes hold leases, a reader passes so often and no more, and most requests ask nobody."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.limits.bucket import READERS_KEPT, Buckets
from sabiscore.limits.leases import ASK_AGAIN_MS, Leases
from tests.support.limiters import START, WINDOW_MS, CountInMemory, Hands

N = 100
READER = "203.0.113.7"


def fleet(processes: int, most: int = N):
    """(their clock, the count they share, the limiters of ``processes``)."""
    now = Hands()
    count = CountInMemory(most, now)
    return now, count, [Leases(count, Buckets(most, now.seconds), now) for _ in range(processes)]


async def passes(limiter, times: int) -> int:
    return sum([(await limiter.take(READER)).wait_s == 0 for _ in range(times)])


def test_alone_a_reader_passes_exactly_as_often_as_the_limit_says_and_seldom_asks():
    _, count, [limiter] = fleet(1)
    assert asyncio.run(passes(limiter, 300)) == N
    assert count.asked <= 20


def test_a_refusal_is_believed_for_a_second_and_then_asked_for_again():
    now, count, [limiter] = fleet(1)
    asyncio.run(passes(limiter, 200))
    asked = count.asked
    asyncio.run(passes(limiter, 1000))
    assert count.asked == asked
    now.at += ASK_AGAIN_MS
    asyncio.run(passes(limiter, 1000))
    assert count.asked == asked + 1


@pytest.mark.parametrize("processes", [1, 2, 7, 40])
def test_a_burst_over_the_edge_of_a_window_passes_once_more_than_the_limit_at_most(processes):
    now, _, limiters = fleet(processes)
    now.at = START + WINDOW_MS - 1

    async def burst() -> int:
        return sum(await asyncio.gather(*(passes(limiter, 2 * N) for limiter in limiters)))

    before = asyncio.run(burst())
    now.at += 2
    assert before + asyncio.run(burst()) <= N + 1
    assert before >= N // 2


def test_leases_are_void_when_their_window_ends():
    now, _, [limiter, other] = fleet(2)
    asyncio.run(passes(limiter, 8))  # holds some in advance now
    assert limiter._held[READER].left > 0
    asyncio.run(passes(other, N))
    now.at += WINDOW_MS + 1
    assert asyncio.run(passes(limiter, N)) + asyncio.run(passes(other, N)) <= 3


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 60), st.integers(0, 20_000)), max_size=40))
@settings(max_examples=300)
def test_in_no_window_do_more_pass_than_the_limit_whoever_asks_when(asks):
    now, _, limiters = fleet(5)
    passed: dict[int, int] = {}
    for process, times, later in asks:
        now.at += later
        window = now.at // WINDOW_MS
        passed[window] = passed.get(window, 0) + asyncio.run(passes(limiters[process], times))
        assert passed[window] <= N
        wait = asyncio.run(limiters[process].take(READER)).wait_s
        passed[window] += wait == 0


def test_whoever_waits_as_asked_passes():
    now, _, limiters = fleet(12)

    async def burst() -> list[int]:
        together = [limiter.take(READER) for limiter in limiters for _ in range(30)]
        return [verdict.wait_s for verdict in await asyncio.gather(*together)]

    waits = [wait for wait in asyncio.run(burst()) if wait]
    assert waits
    now.at += 1000 * max(waits)
    assert asyncio.run(limiters[0].take(READER)).wait_s == 0


def test_readers_do_not_share_a_limit():
    _, _, [limiter] = fleet(1)
    asyncio.run(passes(limiter, N))

    async def other() -> int:
        return (await limiter.take("203.0.113.8")).wait_s

    assert asyncio.run(other()) == 0


def test_many_at_once_share_the_asking():
    _, count, [limiter] = fleet(1)

    async def together() -> int:
        return sum([v.wait_s == 0 for v in await asyncio.gather(*(limiter.take(READER) for _ in range(500)))])

    assert asyncio.run(together()) == N
    assert count.asked <= 25


def test_while_the_count_is_away_each_process_keeps_the_limit_for_itself():
    now, count, limiters = fleet(2)
    count.unreachable = True
    for limiter in limiters:
        assert asyncio.run(passes(limiter, 3 * N)) == N
    now.at += 6_000  # a tenth of a minute fills a tenth of the bucket
    assert asyncio.run(passes(limiters[0], N)) == N // 10
    assert asyncio.run(limiters[0].take(READER)).unreachable
    count.unreachable = False
    now.at += WINDOW_MS
    assert asyncio.run(passes(limiters[0], 3 * N)) == N


def test_what_is_known_of_readers_is_bounded():
    now, count, [item] = fleet(1)

    async def many(limiter) -> None:
        for at in range(READERS_KEPT + 500):
            await limiter.take(f"reader-{at}")

    asyncio.run(many(item))
    assert len(item._held) == READERS_KEPT
    alone = Buckets(N, now.seconds)
    asyncio.run(many(alone))
    assert len(alone._buckets) == READERS_KEPT
    assert count.asked == READERS_KEPT + 500


@pytest.mark.parametrize("most", [1, 2, 3, 5, 9, 1000])
def test_any_limit_is_kept_exactly_by_one_process(most):
    _, _, [limiter] = fleet(1, most)
    assert asyncio.run(passes(limiter, 3 * most)) == most

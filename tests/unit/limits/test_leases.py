"""However many processes hold leases, a reader passes so often and no more, and most requests ask nobody."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.limits.bucket import READERS_KEPT, Buckets
from sabiscore.limits.leases import ASK_AGAIN_MS, Grant, Leases
from tests.support.examples import examples
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
@settings(max_examples=examples(300))
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


class SizesAsked(CountInMemory):
    """Keeps the size of each lease."""

    async def lease(self, reader: str, size: int) -> Grant:
        self.sizes = [*getattr(self, "sizes", []), size]
        return await super().lease(reader, size)


def watched(most: int = N):
    """(clock, the count, one limiter)."""
    now = Hands()
    count = SizesAsked(most, now)
    return now, count, Leases(count, Buckets(most, now.seconds), now)


def test_leases_begin_with_one_double_and_shrink_as_the_count_runs_out():
    _, count, limiter = watched()
    assert asyncio.run(passes(limiter, 3 * N)) == N
    assert count.sizes == [1, 2, 4, 8, 10, 10, 10, 10, 10, 10, 10, 7, 4, 2, 1, 1, 1]


def test_a_lease_is_as_large_as_the_line_that_waits_for_it():
    now, count, limiter = watched()

    async def together(readers: int) -> None:
        await asyncio.gather(*(limiter.take(READER) for _ in range(readers)))

    asyncio.run(together(9))
    assert count.sizes == [1, 8]
    now.at += WINDOW_MS
    asyncio.run(passes(limiter, 7))
    assert count.sizes == [1, 8, 1, 2, 4]


def test_a_lease_holds_to_the_last_moment_of_its_window_and_the_next_begins_with_one():
    now, count, limiter = watched()
    asyncio.run(passes(limiter, 4))
    assert count.sizes == [1, 2, 4]
    now.at = START + WINDOW_MS - 1
    asyncio.run(passes(limiter, 1))
    assert count.asked == 3
    now.at += 1
    asyncio.run(passes(limiter, 1))
    assert count.sizes == [1, 2, 4, 1]


@pytest.mark.parametrize(
    ("most", "at_ms", "wait_s"), [(1, 0, 61), (100, 0, 65), (100, 956, 64), (100, 30_500, 35), (9, 0, 61)]
)
def test_a_wait_is_the_rest_of_the_window_and_until_the_sliding_count_has_room(most, at_ms, wait_s):
    now, _, limiter = watched(most)
    asyncio.run(passes(limiter, most))
    now.at += at_ms
    wait = asyncio.run(limiter.take(READER)).wait_s
    assert (wait, type(wait)) == (wait_s, int)


def test_a_refusal_is_believed_no_longer_than_its_window():
    now, count, limiter = watched()
    asyncio.run(passes(limiter, N))
    now.at = START + WINDOW_MS - ASK_AGAIN_MS // 2
    assert asyncio.run(passes(limiter, 1)) == 0
    asked = count.asked
    now.at = START + WINDOW_MS - 1
    assert asyncio.run(passes(limiter, 1)) == 0
    assert count.asked == asked
    now.at += 1
    asyncio.run(passes(limiter, 1))
    assert count.asked == asked + 1


def test_who_has_not_asked_for_longest_is_forgotten_first(monkeypatch):
    monkeypatch.setattr("sabiscore.limits.leases.READERS_KEPT", 2)
    now = Hands()
    count = CountInMemory(1, now)
    limiter = Leases(count, Buckets(1, now.seconds), now)

    def asked_for(reader: str) -> int:
        before = count.asked
        asyncio.run(limiter.take(reader))
        return count.asked - before

    for reader in "aabb":
        asked_for(reader)
    assert [asked_for(reader) for reader in "ab"] == [0, 0]
    assert [asked_for(reader) for reader in "aca"] == [0, 1, 0]  # b is forgotten, a is not
    assert asked_for("b") == 1


def test_away_one_wait_is_that_of_this_process_and_says_so():
    _, count, limiter = watched(1)
    count.unreachable = True
    verdicts = [asyncio.run(limiter.take(READER)) for _ in range(2)]
    assert [(verdict.wait_s, verdict.unreachable) for verdict in verdicts] == [(0, True), (60, True)]
    assert asyncio.run(limiter.take("203.0.113.8")).wait_s == 0


def test_requests_are_leased_whole():
    _, count, limiter = watched(15)
    assert asyncio.run(passes(limiter, 30)) == 15
    assert set(count.sizes) == {1}


def test_readers_do_not_wait_for_each_others_leases():
    _, count, limiter = watched()

    async def one_turn() -> int:
        asking = [asyncio.create_task(limiter.take(reader)) for reader in ("a", "b", "c")]
        for _ in range(3):
            await asyncio.sleep(0)
        asked = count.asked
        await asyncio.gather(*asking)
        return asked

    assert asyncio.run(one_turn()) == 3

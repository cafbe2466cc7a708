"""What the deadline of a call counts: the time Redis takes, not the time in which nobody could listen."""

from __future__ import annotations

import asyncio
import time

import pytest

from sabiscore.cache.upstash_calls import UpstashCalls
from sabiscore.errors import CacheUnavailable

DEADLINE_S = 0.05


def told(call, busy_s: float = 0.0):
    """What a call gives of a process that computes for ``busy_s`` as soon as it is under way."""

    async def story():
        calls = UpstashCalls("http://127.0.0.1:1", "token", DEADLINE_S)
        try:
            waiting = asyncio.create_task(calls.run(call))
            await asyncio.sleep(0.001)
            time.sleep(busy_s)  # noqa: ASYNC251 - it is the loop that is to be held up
            return await waiting
        finally:
            await calls.close()

    return asyncio.run(story())


async def soon(_):
    """Needs several turns of the loop, as an answer over a socket does."""
    for _ in range(5):
        await asyncio.sleep(0.004)
    return "answered"


async def never(_):
    await asyncio.sleep(60)


def test_an_answer_that_came_while_the_process_was_busy_is_in_time():
    assert told(soon, busy_s=2 * DEADLINE_S) == "answered"


def test_no_answer_is_waited_for_twice_the_deadline_at_the_most_however_long_the_process_was_busy():
    began = time.perf_counter()
    with pytest.raises(CacheUnavailable, match="took longer than 50 ms"):
        told(never, busy_s=0.5)
    assert 0.5 <= time.perf_counter() - began < 0.5 + 2 * DEADLINE_S + 0.3


def test_no_answer_is_waited_for_no_longer_than_the_deadline_by_a_process_that_listens():
    began = time.perf_counter()
    with pytest.raises(CacheUnavailable):
        told(never)
    assert DEADLINE_S <= time.perf_counter() - began < DEADLINE_S + 0.3

"""What the deadline of a call counts: the time Redis takes, not the time in which nobody could listen."""

from __future__ import annotations

import asyncio

import pytest

from sabiscore.cache.upstash_calls import UpstashCalls
from sabiscore.errors import CacheUnavailable
from tests.support.virtual_time import run

DEADLINE_S = 0.05


def waited(call, busy_s: float = 0.0):
    """(answer or error, seconds) of a process that computes for ``busy_s`` once ``call`` is under way."""

    async def story(loop):
        calls = UpstashCalls("http://127.0.0.1:1", "token", DEADLINE_S)
        try:
            waiting = asyncio.create_task(calls.run(call))
            await asyncio.sleep(0)
            loop.pass_by(busy_s)
            (answer,) = await asyncio.gather(waiting, return_exceptions=True)
            return answer, loop.now_s
        finally:
            await calls.close()

    return run(story)


async def soon(_):
    """Needs several turns of the loop, as an answer over a socket does."""
    for _ in range(5):
        await asyncio.sleep(0.004)
    return "answered"


async def never(_):
    await asyncio.sleep(60)


def test_an_answer_that_came_while_the_process_was_busy_is_in_time():
    answer, _ = waited(soon, busy_s=2 * DEADLINE_S)
    assert answer == "answered"


@pytest.mark.parametrize(
    ("busy_s", "waited_s"),
    [(0.0, DEADLINE_S), (0.06, 0.07), (0.5, 0.5 + DEADLINE_S), (60.0, 60 + DEADLINE_S)],
)
def test_no_answer_is_waited_for_as_long_as_the_process_was_late_and_a_deadline_at_the_most(busy_s, waited_s):
    error, lasted_s = waited(never, busy_s)
    assert isinstance(error, CacheUnavailable)
    assert "took longer than 50 ms" in str(error)
    assert lasted_s == pytest.approx(waited_s)

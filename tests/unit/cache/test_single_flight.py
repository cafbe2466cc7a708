"""Work that many ask for at once is done once; work asked for after a change begins after it."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from sabiscore.cache.single_flight import Coalescer, SingleFlight


class Work:
    """Runs until it is let go, and says the how-manieth run it was."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        mine = self.begun
        await self.go.wait()
        return mine


async def turns(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def test_all_who_ask_while_it_runs_get_what_it_gives():
    async def story():
        flights, work, other = SingleFlight(), Work(), Work()
        asked = [asyncio.create_task(flights.do("a", work)) for _ in range(3)]
        asked.append(asyncio.create_task(flights.do("b", other)))
        await turns()
        assert flights.runs("a")
        assert not flights.runs("c")
        work.go.set()
        other.go.set()
        assert await asyncio.gather(*asked) == [1, 1, 1, 1]
        await turns()
        assert not flights.runs("a")
        assert await flights.do("a", work) == 2
        assert other.begun == 1

    asyncio.run(story())


def test_whoever_goes_away_does_not_take_the_work_along():
    async def story():
        flights, work = SingleFlight(), Work()
        first, second = (asyncio.create_task(flights.do("a", work)) for _ in range(2))
        await turns()
        first.cancel()
        await turns()
        work.go.set()
        assert await second == 1
        assert first.cancelled()

    asyncio.run(story())


def test_a_failure_is_raised_to_all_who_waited_and_the_next_tries_again():
    async def story():
        flights, tries = SingleFlight(), []

        async def fails():
            tries.append(1)
            raise KeyError("no")

        got = await asyncio.gather(*(flights.do("a", fails) for _ in range(2)), return_exceptions=True)
        assert [type(error) for error in got] == [KeyError, KeyError]
        with pytest.raises(KeyError):
            await flights.do("a", fails)
        assert len(tries) == 2

    asyncio.run(story())


@pytest.mark.parametrize("kind", [SingleFlight, Coalescer])
def test_what_a_loop_that_ended_left_behind_is_begun_anew(kind):
    shared = kind()

    async def left():
        asked = asyncio.create_task(shared.do("a", Work()))
        await turns()
        asked.cancel()

    async def again():
        work = Work()
        work.go.set()
        return await asyncio.wait_for(shared.do("a", work), 60)

    asyncio.run(left())
    assert asyncio.run(again()) == 1


@pytest.mark.parametrize("kind", [SingleFlight, Coalescer])
def test_a_failure_that_nobody_waits_for_any_more_is_no_complaint_of_the_loop(kind):
    complaints = []

    async def story():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        shared, go = kind(), asyncio.Event()

        async def fails():
            await go.wait()
            raise KeyError("no")

        asked = asyncio.create_task(shared.do("a", fails))
        await turns()
        asked.cancel()
        await turns()
        go.set()
        await turns()

    asyncio.run(story())
    assert complaints == []


def test_whoever_asks_while_a_run_is_under_way_gets_the_next():
    async def story():
        looks, work = Coalescer(), Work()
        first = asyncio.create_task(looks.do("a", work))
        await turns()
        later = [asyncio.create_task(looks.do("a", work)) for _ in range(4)]
        await turns()
        assert work.begun == 1
        work.go.set()
        assert await first == 1
        assert await asyncio.gather(*later) == [2, 2, 2, 2]
        await turns()
        assert await looks.do("a", work) == 3

    asyncio.run(story())


def test_who_asks_before_a_run_begins_shares_it():
    async def story():
        looks, work = Coalescer(), Work()
        work.go.set()
        assert await asyncio.gather(*(looks.do("a", work) for _ in range(3))) == [1, 1, 1]
        assert await looks.do("b", work) == 2

    asyncio.run(story())


def test_a_run_that_failed_does_not_hold_up_the_next():
    async def story():
        looks, go = Coalescer(), asyncio.Event()

        async def fails():
            await go.wait()
            raise KeyError("no")

        async def works():
            return "works"

        first = asyncio.create_task(looks.do("a", fails))
        await turns()
        second = asyncio.create_task(looks.do("a", works))
        await turns()
        go.set()
        assert await second == "works"
        with pytest.raises(KeyError):
            await first

    asyncio.run(story())


class Given:
    """Something whose end can be seen."""


@pytest.mark.parametrize("make", [SingleFlight, Coalescer])
def test_what_was_given_is_not_held_once_everybody_has_it(make):
    async def story():
        held, given = make(), Given()
        seen = weakref.ref(given)

        async def work():
            nonlocal given
            mine, given = given, None
            return mine

        assert await held.do("a", work) is seen()
        await turns()
        gc.collect()
        assert seen() is None

    asyncio.run(story())


def test_a_run_that_ended_does_not_take_the_one_after_it_along():
    async def story():
        coalescer, work = Coalescer(), Work()
        first = asyncio.create_task(coalescer.do("a", work))
        await turns()
        second = asyncio.create_task(coalescer.do("a", work))
        await turns()
        first.cancel()
        work.go.set()
        await turns(1)
        third = asyncio.create_task(coalescer.do("a", work))
        assert await second == 2
        assert await third in (2, 3)
        assert work.begun <= 3

    asyncio.run(story())


def test_a_run_left_on_an_event_loop_that_ended_holds_nobody_up():
    coalescer = Coalescer()

    async def never():
        await asyncio.Event().wait()

    left = asyncio.new_event_loop()
    left.set_exception_handler(lambda *_: None)
    task = left.create_task(coalescer.do("a", never))
    left.run_until_complete(turns())

    async def work():
        return 1

    assert asyncio.run(coalescer.do("a", work)) == 1
    task.cancel()
    left.run_until_complete(asyncio.wait({task}))
    left.run_until_complete(turns())
    left.close()


def test_a_run_is_never_under_way_together_with_another_that_was_begun_after_it():
    async def story():
        looks, first, second, third = Coalescer(), Work(), Work(), Work()
        asked = [asyncio.create_task(looks.do("a", first))]
        await turns()
        asked.append(asyncio.create_task(looks.do("a", second)))
        await turns()
        first.go.set()
        await turns()
        assert second.begun == 1
        asked.append(asyncio.create_task(looks.do("a", third)))
        await turns()
        assert third.begun == 0, "the second is still under way"
        second.go.set()
        third.go.set()
        assert await asyncio.gather(*asked) == [1, 1, 1]

    asyncio.run(story())

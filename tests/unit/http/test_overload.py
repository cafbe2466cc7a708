"""More than a process can work on is refused at once, and what it has at hand it still gives."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sabiscore.errors import BadSetting, Overloaded
from sabiscore.http.app import create_app
from sabiscore.http.compute_pool import ComputePool
from sabiscore.insights.answers import matches as match_lists
from sabiscore.insights.fixtures import in_order
from sabiscore.settings import read_settings
from tests.support.served import NOW, Client, world

READ = "/api/v1/insights/epl-2526-arsenal-chelsea"
OTHER = "/api/v1/insights/laliga-2526-barcelona-real-madrid"


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def crowd(guard, most, asked):
    """The answers to ``asked`` requests at once, while ``most`` may be worked on, and how many were."""

    async def run():
        go, begun = asyncio.Event(), []

        async def slow(_request):
            begun.append(1)
            await go.wait()
            return PlainTextResponse("done")

        app = create_app([Route("/slow", slow)], lambda: replace(guard, most_at_once=most))
        client = Client(app)
        asking = [asyncio.ensure_future(client.ask("GET", "/slow")) for _ in range(asked)]
        for finished in asyncio.as_completed(asking):
            await finished
            if sum(finished.done() for finished in asking) == asked - most:
                break
        assert len(begun) == most
        go.set()
        first = await asyncio.gather(*asking)
        return first, await client.ask("GET", "/slow")

    return asyncio.run(run())


def test_one_too_many_is_refused_without_waiting_and_the_next_is_served(served):
    first, after = crowd(served.guard, most=3, asked=5)
    assert sorted(answer.status_code for answer in first) == [200, 200, 200, 503, 503]
    assert after.status_code == 200


def test_a_refusal_says_when_to_come_again(served):
    first, _ = crowd(served.guard, most=1, asked=2)
    refused = next(answer for answer in first if answer.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/docs#problem-overloaded"
    assert refused.headers["x-request-id"] == refused.json()["request_id"]


def test_what_raises_gives_its_place_back(served):
    async def fails(_request):
        raise RuntimeError("broken")

    app = create_app([Route("/fails", fails)], lambda: replace(served.guard, most_at_once=1))
    assert [Client(app).get("/fails").status_code for _ in range(3)] == [500, 500, 500]


def test_makers_refuse_what_would_have_to_wait_too_long():
    async def run():
        pool, gate = ComputePool(most=2), threading.Event()
        making = [asyncio.ensure_future(pool.make("insight", 1, gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        assert pool.are_full
        with pytest.raises(Overloaded):
            await pool.make("insight", 1, gate.wait)
        gate.set()
        assert await asyncio.gather(*making) == [True, True]
        assert await pool.make("insight", 1, lambda: "again") == "again"

    asyncio.run(run())


def test_makers_give_their_place_back_when_the_work_fails():
    async def run():
        pool = ComputePool(most=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await pool.make("insight", 1, lambda: 1 // 0)

    asyncio.run(run())


def test_what_has_to_be_loaded_holds_up_nobody_and_what_is_loaded_is_made_in_turn():
    here = threading.get_ident()

    async def run():
        pool = ComputePool()
        assert await pool.make("insight", 1, threading.get_ident) != here
        assert await pool.make("insight", 1, threading.get_ident) == here
        assert await pool.make("list", 1, threading.get_ident) != here
        assert await pool.make("insight", 2, threading.get_ident) != here

    asyncio.run(run())


def test_between_two_answers_others_are_heard():
    async def run():
        pool, heard = ComputePool(), []
        await pool.make("insight", 1, lambda: None)

        async def made(number):
            await pool.make("insight", 1, lambda: heard.append(number))

        async def tick():
            for _ in range(20):
                heard.append("tick")
                await asyncio.sleep(0)

        await asyncio.gather(*map(made, range(3)), tick())
        return heard

    heard = asyncio.run(run())
    places = [heard.index(number) for number in range(3)]
    assert places == sorted(places)
    assert all("tick" in heard[finished:other] for finished, other in pairwise(places))


def test_a_turn_that_is_given_up_and_a_loop_that_has_ended_stop_nobody():
    pool = ComputePool()
    asyncio.run(pool.make("insight", 1, lambda: None))

    async def run():
        making = [asyncio.ensure_future(pool.make("insight", 1, lambda: "made")) for _ in range(3)]
        await asyncio.sleep(0)
        making[1].cancel()
        await asyncio.wait(making)
        return making[0].result(), making[1].cancelled(), making[2].result()

    for _ in range(2):
        assert asyncio.run(run()) == ("made", True, "made")


def full(served):
    """No answer can be made any more."""
    served.compute_pool._most = 0


def test_a_hit_is_served_while_misses_are_refused(served):
    served.client.get(READ)
    full(served)
    assert served.client.get(READ).status_code == 200
    assert served.client.get(OTHER).status_code == 503


class Looked(dict):
    """Matches by id; ``looks`` is called when all are gone through, as for a list that is made."""

    looks: Callable[[], object] = staticmethod(lambda: None)

    def values(self):
        self.looks()
        return super().values()


@pytest.fixture
def looked(served):
    """The published matches; what lists are made from is loaded."""
    publication = served.publications.get()
    matches = Looked(publication.served)
    held = replace(publication, served=matches)
    served.insights.inputs.publications = SimpleNamespace(get=lambda: held)
    assert served.client.get("/api/v1/value-bets").status_code == 200
    return matches


def test_who_finds_the_last_place_taken_is_refused_before_the_next_answer_is_out(served, looked):
    served.compute_pool._most = 2
    heard, asking = [], []

    async def ask(day):
        answer = await Client(served.app).ask("GET", f"/api/v1/value-bets?min_edge=0.{day}")
        heard.append(answer.status_code)

    def made():
        if not heard:  # while the first is made, five others come
            asking.extend(asyncio.ensure_future(ask(day)) for day in range(20, 25))
        heard.append("made")

    async def crowd():
        looked.looks = made
        await asyncio.gather(ask(10), ask(11))
        await asyncio.gather(*asking)

    asyncio.run(crowd())
    assert [finished for finished in heard if finished != "made"] == [200, *[503] * 4, 200, 200]


@pytest.mark.parametrize("path", ["/api/v1/matches", "/api/v1/value-bets"])
def test_a_list_that_is_kept_or_refused_is_not_put_together(served, looked, path, monkeypatch):
    looks = []
    looked.looks = lambda: looks.append(1)
    monkeypatch.setattr(match_lists, "in_order", lambda found: looks.append(1) or in_order(found))
    assert served.client.get(f"{path}?league=laliga").status_code == 200
    assert len(looks) == 1
    assert served.client.get(path).status_code == 200
    looks.clear()
    assert served.client.get(path).headers["cache-status"].startswith("SabiScore; hit")
    full(served)
    assert served.client.get(f"{path}?league=epl").status_code == 503
    assert not looks


def test_a_stale_answer_is_served_while_a_new_one_cannot_be_made(served):
    first = served.client.get(READ)
    full(served)
    served.clock.at = NOW + timedelta(seconds=400)
    answer = served.client.get(READ)
    assert (answer.status_code, answer.content, answer.headers["age"]) == (200, first.content, "400")


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", ""])
def test_a_bound_that_is_no_number_is_refused_by_name(value):
    with pytest.raises(BadSetting, match="SABISCORE_REQUESTS_AT_ONCE"):
        read_settings({"SABISCORE_REQUESTS_AT_ONCE": value})

"""Schedules at a signed call: what is taken, what is answered, and that each call is worked for once."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
from datetime import timedelta
from typing import get_args

import pytest

from sabiscore.bootstrap.cron import ANSWER_S
from sabiscore.cache.memory import MemoryTier
from sabiscore.errors import Unavailable
from sabiscore.http.app import create_app
from sabiscore.http.cron_body import Job
from sabiscore.http.cron_routes import RUN_PATIENCE_S, cron_routes
from sabiscore.http.schema import RunReport, RunUnderWay, ScheduleList
from sabiscore.http.signatures import signed_headers
from sabiscore.http.webhooks import COPY_LIFE_MS, SignedCalls
from sabiscore.jobs.registry import JOBS
from sabiscore.observability.log import log
from tests.contract.test_problem_documents import check
from tests.support.served import NOW, SECRET, Client, world

URL = "/api/cron/odds"


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def signed(served, job="odds", call_id=None, late_s=0, **more):
    """Content and headers of a call."""
    body = json.dumps({"job": job, **more}).encode()
    at = served.clock.now() + timedelta(seconds=late_s)
    headers = {"content-type": "application/json", **signed_headers([SECRET], body, at, call_id)}
    return {"content": body, "headers": headers}


def call(served, job="odds", call_id=None, late_s=0):
    return served.client.post(f"/api/cron/{job}", **signed(served, job, call_id, late_s))


def test_it_takes_every_schedule_and_no_other():
    assert set(get_args(Job)) == set(JOBS)


def test_it_says_when_schedules_ran_and_run_next(served):
    answer = served.client.get("/api/cron")
    answers = ScheduleList.model_validate_json(answer.content)
    assert (answer.status_code, answers.status, answer.headers["cache-control"]) == (200, "ready", "no-store")
    first, second = answers.schedules
    assert (first.name, first.last, first.due_at) == ("odds", None, NOW + timedelta(minutes=5))
    assert second.last is not None
    assert (second.last.outcome, second.last.finished_at) == ("died", None)
    served.cron_calls._secrets = ()
    assert served.client.get("/api/cron").json()["status"] == "closed"


@pytest.mark.parametrize("job", JOBS)
def test_a_signed_call_runs_the_schedule_it_names_and_gets_its_report(served, job):
    answer = call(served, job, "call_1")
    answers = RunReport.model_validate_json(answer.content)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (answers.job, answers.outcome, answers.took_s, answers.figures) == (
        job,
        "done",
        1.25,
        {"prices": 3},
    )
    assert answers.problems == ("espn.com is away.",)
    assert served.runs.made == [(job, "call_1")]


def test_an_old_caller_sends_its_secret(served):
    for body in ({"secret": SECRET}, {"secret": SECRET, "job": "odds"}):
        assert served.client.post(URL, json=body).json()["outcome"] == "done"
    ids = [call_id for _, call_id in served.runs.made]
    assert len(set(ids)) == 2  # nothing tells these two apart from two calls


@pytest.mark.parametrize(
    "body", [{"secret": "x" * 40}, {"secret": ""}, {"secret": [SECRET]}, {"job": "odds"}, None]
)
def test_a_body_without_our_secret_is_refused(served, body):
    check(served.client.post(URL, json=body), 401, "unauthorized")
    assert served.runs.made == []


def test_a_signature_is_for_one_schedule(served):
    """The path is not signed, so the body says which: what was signed for one starts no other."""
    for content in (signed(served, "cleanup"), signed(served, job=None)):
        check(served.client.post(URL, **content), 422, "invalid")
    check(served.client.post(URL, json={"secret": SECRET, "job": "cleanup"}), 422, "invalid")
    check(served.client.post("/api/cron/dance", **signed(served)), 404, "not-found")
    assert served.runs.made == []


def test_nothing_else_is_taken(served):
    check(served.client.post(URL, **signed(served, more=1)), 422, "invalid")
    check(served.client.post(URL + "?x=1", **signed(served)), 422, "invalid")
    check(served.client.get(URL), 405, "method-not-allowed")
    check(served.client.post("/api/cron", **signed(served)), 405, "method-not-allowed")
    answer = signed(served)
    answer["headers"]["content-type"] = "text/plain"
    check(served.client.post(URL, **answer), 415, "unsupported-media-type")
    served.cron_calls._secrets = ()
    check(call(served), 401, "unauthorized")
    assert served.runs.made == []


def test_a_copy_late_or_altered_is_refused(served):
    answer = signed(served, call_id="call_1")
    assert served.client.post(URL, **answer).status_code == 200
    check(served.client.post(URL, **answer), 401, "unauthorized")
    check(call(served, late_s=-301), 401, "unauthorized")
    check(served.client.post(URL, **{**signed(served), "content": b'{"job": "stats"}'}), 401, "unauthorized")
    assert served.runs.made == [("odds", "call_1")]


def test_while_a_secret_is_rotated_both_hold(served):
    new = "whsec_" + "b3RoZXIh" * 5
    served.cron_calls._secrets = (new, SECRET)
    assert call(served).status_code == 200
    served.cron_calls._secrets = (new,)
    assert call(served).status_code == 401


def test_beside_another_run_nothing_is_done_and_a_retry_is(served):
    served.runs.changes = {"outcome": "busy", "sentence": "another run is under way."}
    answer = call(served, call_id="call_1")
    check(answer, 409, "busy")
    assert answer.headers["retry-after"] == "60"
    served.runs.changes = {}
    assert call(served, call_id="call_1", late_s=1).status_code == 200


def test_a_run_that_failed_says_why_and_whether_to_try_again(served):
    served.runs.changes = {
        "outcome": "failed",
        "sentence": "The store is away.",
        "problems": ["Wait."],
        "retry": True,
    }
    answer = call(served, call_id="call_1")
    problem = check(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert problem["errors"] == [
        {"where": "odds", "message": "The store is away."},
        {"where": "odds", "message": "Wait."},
    ]
    served.runs.changes |= {"retry": False}
    answer = call(served, call_id="call_1", late_s=1)
    check(answer, 500, "unexpected")
    assert "retry-after" not in answer.headers
    served.runs.changes = {}
    assert call(served, call_id="call_1", late_s=2).status_code == 200


def test_a_run_that_cannot_be_started_is_a_503(served):
    served.runs.error = Unavailable("sabiscore-edge-production-odds gave no answer (ConnectTimeoutError).")
    problem = check(call(served), 503, "unavailable")
    assert "sabiscore-edge-production" not in json.dumps(problem)


def test_a_run_that_outlasts_its_caller_goes_on_and_is_reported_later(served):
    """And it is not lost: the event loop waits for it here, Lambda carries on with it there."""
    over = threading.Event()
    served.runs.wait, served.patience_s = lambda: over.wait(30), 0.01

    async def story():
        answer = await served.client.ask("POST", URL, **signed(served, call_id="call_1"))
        over.set()
        return answer

    answer = asyncio.run(story())
    assert (answer.status_code, answer.headers["location"]) == (202, "/api/cron")
    assert RunUnderWay.model_validate_json(answer.content) == RunUnderWay(job="odds", outcome="running")
    served.patience_s = 60.0
    assert call(served, call_id="call_1", late_s=1).status_code == 200
    assert [call_id for _, call_id in served.runs.made] == [
        "call_1",
        "call_1",
    ]  # the run itself knows it by then


def test_a_run_that_goes_on_elsewhere_is_answered_so(served):
    served.runs.elsewhere = True
    assert call(served, call_id="call_1").status_code == 202
    served.runs.elsewhere = False
    assert call(served, call_id="call_1", late_s=1).status_code == 200


def test_a_hundred_attempts_at_once_are_one_run_and_one_answer(served):
    """B4."""

    async def story():
        attempts = [
            served.client.ask("POST", URL, **signed(served, call_id="call_1", late_s=n)) for n in range(100)
        ]
        return await asyncio.gather(*attempts)

    answers = asyncio.run(story())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert served.runs.made == [("odds", "call_1")]


class Claimed(MemoryTier):
    """Remembers for how long names were claimed."""

    def __init__(self, now):
        super().__init__(now)
        self.lives = []

    async def acquire_lock(self, name, owner, life_ms):
        self.lives.append(life_ms)
        return await super().acquire_lock(name, owner, life_ms)


def process_of(served, shared):
    """A client of a process of its own over ``shared``."""
    near, failed = MemoryTier(served.now), served.failures.append
    calls = SignedCalls(
        [SECRET], near, l2=shared, clock=served.clock, failed=failed, work_life_ms=int(1000 * ANSWER_S)
    )
    routes = cron_routes(lambda: served.runs, lambda: calls, lambda: ())
    return Client(create_app(routes, lambda: served.guard))


def test_attempts_in_many_processes_are_one_run(served):
    """B4 over a fleet: the others wait for as long as a run may keep its caller waiting."""
    shared = Claimed(served.now)

    async def story():
        attempts = [
            process_of(served, shared).ask("POST", URL, **signed(served, call_id="call_1", late_s=n))
            for n in range(20)
        ]
        return await asyncio.gather(*attempts)

    answers = asyncio.run(story())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert served.runs.made == [("odds", "call_1")]
    assert RUN_PATIENCE_S < ANSWER_S
    assert {life for life in shared.lives if life != COPY_LIFE_MS} == {1000 * ANSWER_S}


def test_an_id_stands_for_one_call(served):
    assert call(served, "odds", "call_1").status_code == 200
    check(call(served, "stats", "call_1"), 409, "conflict")
    assert served.runs.made == [("odds", "call_1")]


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(f"{log().handlers[0].format(record)} {record.__dict__}")


@pytest.fixture
def lines():
    handler = Lines()
    log().addHandler(handler)
    yield handler.kept
    log().removeHandler(handler)


def test_calls_that_come_twice_and_out_of_order_with_poison_among_them_run_once_each(served, lines):
    """F4: a copy or a retry of each of 50 calls, shuffled, and every tenth delivery poison."""
    chance, names = random.Random(4), list(JOBS)
    deliveries, poison = [], []
    for n in range(50):
        job = names[n % 4]
        first = signed(served, job, f"call_{n}")
        again = first if n % 2 else signed(served, job, f"call_{n}", late_s=7)
        deliveries += [(job, first), (job, again)]
        if n % 5 == 0:
            altered = {**first, "content": first["content"] + b" "}
            other = signed(served, names[(n + 1) % 4], f"bad_{n}")
            poison.append((job, chance.choice((altered, other))))
    everything = [*deliveries, *poison]
    chance.shuffle(everything)
    answers = [(call, served.client.post(f"/api/cron/{call[0]}", **call[1])) for call in everything]
    assert sorted(served.runs.made) == sorted((names[n % 4], f"call_{n}") for n in range(50))
    for delivery, answer in answers:
        is_poison = any(delivery is call for call in poison)
        assert answer.status_code in ((401, 422) if is_poison else (200, 401))
    assert sum(answer.status_code == 200 for _, answer in answers) == 75
    assert sum("a call was set aside" in line for line in lines) == len(answers) - 75


def test_no_secret_is_ever_shown(served, lines):
    """B12."""
    shown = [served.client.post(URL, json={"secret": SECRET, "job": SECRET})]
    shown += [served.client.post(URL, json={"secret": SECRET, SECRET: 1})]
    served.runs.error = RuntimeError(f"{served.cron_calls!r}")
    shown += [served.client.post(URL, json={"secret": SECRET})]
    assert [answer.status_code for answer in shown] == [422, 422, 500]
    assert lines
    answers = [answer.text for answer in shown] + lines
    assert not [call for call in answers if SECRET in call or SECRET[6:] in call]

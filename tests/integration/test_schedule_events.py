"""Each event of a schedule has one effect, however often and in whatever order it is delivered (B4, F4)."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sabiscore.bootstrap.jobs import schedule_handler
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.errors import BadStore, JobNotDone, StoreUnavailable
from sabiscore.jobs import idempotency, registry
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.jobs.trigger import call
from sabiscore.observability.log import log
from sabiscore.settings import read_settings
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import NOW, World

TICK = json.loads((Path(__file__).parents[1] / "events/eventbridge/tick.json").read_text())


@dataclass
class Counting:
    """A job that counts its runs; ``fault`` is raised instead."""

    runs: list[int] = field(default_factory=list)
    fault: Exception | None = None

    def __call__(self, context: JobContext, turn: JobRun) -> JobResult:
        if self.fault is not None:
            raise self.fault
        self.runs.append(len(self.runs) + 1)
        return JobResult(f"Run {len(self.runs)}.", {"runs": len(self.runs)}, ("espn.com is away.",))


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    monkeypatch.setitem(registry.JOBS, "odds", made)  # type: ignore[arg-type]
    return made


@pytest.fixture
def handler(tmp_path: Path, work: Counting) -> Any:
    handle = schedule_handler(
        "odds", Bootstrap(read_settings({"SABISCORE_HOME": str(tmp_path)}), FixedClock(NOW))
    )
    return lambda event: handle(event, None)


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record.getMessage())


@pytest.fixture
def lines() -> Iterator[list[str]]:
    kept = Lines()
    log().addHandler(kept)
    yield kept.kept
    log().removeHandler(kept)


def test_a_tick_runs_the_job_and_says_what_it_did(handler: Any) -> None:
    answer = handler(TICK)
    assert (answer["job"], answer["outcome"], answer["figures"]) == ("odds", "done", {"runs": 1})
    assert answer["problems"] == ["espn.com is away."]


def test_the_same_tick_again_gets_the_report_of_the_first(handler: Any, work: Counting) -> None:
    first, again = handler(TICK), handler(TICK)
    assert work.runs == [1]
    assert all(first[member] == again[member] for member in ("outcome", "sentence", "figures", "problems"))
    assert handler({**TICK, "id": "the-next-tick"})["figures"] == {"runs": 2}


def test_a_tick_that_failed_is_raised_so_that_it_comes_again_and_then_runs(
    handler: Any, work: Counting
) -> None:
    work.fault = StoreUnavailable("The store is away.", hint="Wait.")
    with pytest.raises(JobNotDone, match="The store is away"):
        handler(TICK)
    work.fault = None
    assert handler(TICK)["outcome"] == "done"
    assert work.runs == [1]


@pytest.mark.parametrize(
    ("fault", "retry"), [(StoreUnavailable("Away."), True), (BadStore("Of newer code."), False)]
)
def test_a_call_that_failed_is_answered_so_and_whether_to_try_again(
    handler: Any, work: Counting, fault: Exception, retry: bool
) -> None:
    work.fault = fault
    answer = handler(call("odds", "call_1"))
    assert (answer["outcome"], answer["sentence"], answer["retry"]) == ("failed", str(fault), retry)


def test_deliveries_that_come_twice_and_shuffled_with_poison_among_them_run_once_each(
    handler: Any, work: Counting, lines: list[str]
) -> None:
    """F4."""
    chance = random.Random(4)
    events = [
        {**TICK, "id": f"tick-{n}"} if n % 2 else call("odds", f"call_{n}")
        for n in range(idempotency.RESULTS_STORED)
    ]
    poison = [
        {**TICK, "source": "aws.s3"},
        call("stats", "call_1"),
        None,
        {"warmer": True},
        {**TICK, "id": 7},
    ]
    everything = [*events, *events, *poison]
    chance.shuffle(everything)
    answer = [handler(event) for event in everything]
    assert work.runs == list(range(1, len(events) + 1))
    assert sum(item["outcome"] == "done" for item in answer) == 2 * len(events)
    assert [item["outcome"] for item, event in zip(answer, everything, strict=True) if event in poison] == [
        "refused"
    ] * len(poison)
    assert sum(line == "an event was set aside" for line in lines) == len(poison)


def test_a_hundred_deliveries_at_once_are_one_run(handler: Any, work: Counting) -> None:
    """B4: the others find it under way, or done."""
    with ThreadPoolExecutor(16) as pool:
        answer = list(pool.map(lambda _: handler(TICK), range(100)))
    assert work.runs == [1]
    assert {item["outcome"] for item in answer} <= {"done", "busy"}
    assert {item["sentence"] for item in answer if item["outcome"] == "done"} == {"Run 1."}


def test_what_is_remembered_does_not_grow_for_ever(handler: Any, work: Counting) -> None:
    for n in range(idempotency.RESULTS_STORED + 5):
        handler(call("odds", f"call_{n}"))
    handler(call("odds", f"call_{idempotency.RESULTS_STORED + 4}"))
    assert len(work.runs) == idempotency.RESULTS_STORED + 5
    handler(call("odds", "call_0"))  # long forgotten here: the cache of calls still knows it for a day
    assert len(work.runs) == idempotency.RESULTS_STORED + 6


@pytest.fixture
def rig(world: World, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(settings_of(world, tmp_path)) as made:
        yield made


@pytest.mark.parametrize("job", registry.JOBS)
def test_even_forgotten_a_second_delivery_does_no_harm(rig: Rig, job: str) -> None:
    """Jobs are idempotent: a run for the same tick, its memory lost, adds and changes nothing."""
    registry.run_job(job, rig.context, "tick:1")
    before = rig.record()
    rig.context.cas_store.swap(
        f"schedules:causes:{job}", rig.context.cas_store.read(f"schedules:causes:{job}"), "{}"
    )
    assert registry.run_job(job, rig.context, "tick:1").outcome == "done"
    assert rig.record() == before

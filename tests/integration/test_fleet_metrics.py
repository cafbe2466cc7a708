"""The counts of many processes add up exactly, whatever is lost on the way, and die with none of them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.project import ROOT
from infra.rigs.made_up import made_up_data_dir
from infra.rigs.part import Part, free_port
from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.breaker import TierBreaker
from sabiscore.cache.upstash_calls import UpstashCalls, unreachable
from sabiscore.errors import BadEntry
from sabiscore.observability.families import COMPUTATIONS
from sabiscore.observability.fleet import (
    FOLD_MS,
    FOLDED,
    KEY,
    READ_MS,
    RENAME_MS,
    FleetMetrics,
    InstanceTotals,
)
from sabiscore.observability.metrics import Metrics
from tests.support.caches import Hands

PROCESSES, REQUESTS = 4, 2_000
MADE = (COMPUTATIONS.name,)

CALLS = """
import json, sys
from functions.insights import handler
from sabiscore.bootstrap.fleet_metrics import flush_metrics_at_end
from sabiscore.bootstrap.serving import process

event = json.loads(sys.stdin.read())
seen = {handler(event, None)["statusCode"] for _ in range(int(sys.argv[1]))}
assert seen == {200}, seen
if sys.argv[2] == "job":
    flush_metrics_at_end(process())
"""

SHOWN = """
import json, sys
from functions.health import handler
print(json.dumps(handler(json.loads(sys.stdin.read()), None)))
"""


def event(path: str) -> str:
    """A recorded event of API Gateway, for another path."""
    recorded = (ROOT / "tests" / "events" / "leagues.json").read_text(encoding="utf-8")
    return recorded.replace("/api/v1/leagues", path)


def environ(url: str, data_dir: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python"), *filter(None, sys.path)]),
        "SABISCORE_HOME": str(data_dir),
        "SABISCORE_REQUESTS_PER_MINUTE": "1000000",
        "UPSTASH_REDIS_REST_URL": url,
        "UPSTASH_REDIS_REST_TOKEN": TOKEN,
        "POWERTOOLS_METRICS_DISABLED": "true",
    }


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_data_dir(tmp_path_factory.mktemp("counted"))


def shown(url: str, data_dir: Path) -> str:
    """What ``/metrics`` of a process that has counted nothing of this shows."""
    done = subprocess.run(
        [sys.executable, "-c", SHOWN],
        env=environ(url, data_dir),
        input=event("/metrics"),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])["body"]


def started(url: str, data_dir: Path, requests: int, host: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", CALLS, str(requests), host],
        env=environ(url, data_dir),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(event("/api/v1/leagues"))
    process.stdin.close()
    return process


def value(text: str, series: str) -> int:
    (found,) = re.findall(rf"^{re.escape(series)} (\d+)$", text, re.MULTILINE)
    return int(found)


def test_requests_of_many_processes_add_up_exactly(shared, data_dir):
    running = [started(shared.url, data_dir, REQUESTS, "job") for _ in range(PROCESSES)]
    assert [process.wait() for process in running] == [0] * PROCESSES
    text = shown(shared.url, data_dir)
    of = 'method="GET",endpoint="/api/v1/leagues"'
    assert value(text, f'sabiscore_http_requests_total{{{of},status="200"}}') == PROCESSES * REQUESTS
    assert value(text, f"sabiscore_http_request_duration_seconds_count{{{of}}}") == PROCESSES * REQUESTS
    answers = re.findall(r'^sabiscore_answers_total{source="\w+"} (\d+)$', text, re.MULTILINE)
    assert sum(map(int, answers)) == PROCESSES * REQUESTS
    assert "sabiscore_fleet_metrics_readable 1" in text


def test_a_function_of_lambda_tells_of_its_first_call_before_it_is_frozen(shared, data_dir):
    assert started(shared.url, data_dir, 1, "lambda").wait() == 0
    of = 'method="GET",endpoint="/api/v1/leagues",status="200"'
    assert value(shown(shared.url, data_dir), f"sabiscore_http_requests_total{{{of}}}") == 1


def test_a_server_tells_what_it_counted_last_when_it_ends(shared, data_dir):
    port = free_port()
    command = [sys.executable, "-m", "infra.cli", "up", "--port", str(port)]
    settings = environ(shared.url, data_dir)
    server = Part(name="up", command=command, port=port, environ=settings, folder=ROOT)
    server.start()
    try:
        assert httpx.get(f"{server.url}/api/v1/leagues", trust_env=False).status_code == 200
    finally:
        server.stop()
    of = 'method="GET",endpoint="/api/v1/leagues",status="200"'
    assert value(shown(shared.url, data_dir), f"sabiscore_http_requests_total{{{of}}}") == 1


def test_a_fleet_that_cannot_be_read_shows_no_count_and_says_so(data_dir):
    text = shown("http://127.0.0.1:9", data_dir)
    assert "sabiscore_fleet_metrics_readable 0" in text
    assert "sabiscore_ready 1" in text
    assert "_total" not in text


class Fleet:
    """Processes of a fleet, all in this one, by a clock that is moved by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.now = Hands()
        self.failed: list[Exception] = []

    def process(self) -> tuple[Metrics, Callable[[], Awaitable[FleetMetrics]]]:
        """What it counts, and what gives its part in the fleet, on a connection of the running loop."""
        metrics = Metrics()
        instance = InstanceTotals(metrics)

        async def opened() -> FleetMetrics:
            return self.part(instance)

        return metrics, opened

    def part(self, instance: InstanceTotals, calls: Any = None) -> FleetMetrics:
        patient = UpstashCalls(self.url, TOKEN, 20)
        breaker = TierBreaker(self.now)
        return FleetMetrics(
            calls or patient,
            breaker,
            reading=patient,
            now=self.now,
            failed=self.failed.append,
            instance=instance,
        )


@pytest.fixture
def fleet(shared) -> Fleet:
    return Fleet(shared.url)


def count(metrics: Metrics, times: int) -> None:
    for _ in range(times):
        metrics.computed()


class LostAnswers:
    """Calls whose command is done, and whose answer never comes."""

    def __init__(self, calls: UpstashCalls) -> None:
        self._calls = calls

    async def run(self, call: Any) -> Any:
        await self._calls.run(call)
        raise unreachable("took longer than 50 ms")

    async def close(self) -> None:
        await self._calls.close()


def test_a_flush_whose_answer_was_lost_counts_once(fleet):
    metrics = Metrics()
    instance = InstanceTotals(metrics)

    async def story() -> int:
        count(metrics, 3)
        lost = fleet.part(instance, LostAnswers(UpstashCalls(fleet.url, TOKEN, 20)))
        await lost.flush()
        assert len(fleet.failed) == 1
        assert instance.is_unheard
        part = fleet.part(instance)
        await part.flush()
        assert not instance.is_unheard
        total = (await part.read()).counters[MADE]
        await lost.close()
        await part.close()
        return total

    assert asyncio.run(story()) == 3


def test_it_is_time_at_the_first_count_and_a_second_after_each_flush(fleet):
    metrics = Metrics()

    async def story() -> list[bool]:
        part = fleet.part(InstanceTotals(metrics))
        due = [part.is_due]
        count(metrics, 1)
        due.append(part.is_due)
        await part.flush()
        due.append(part.is_due)
        count(metrics, 1)
        due.append(part.is_due)
        fleet.now.at += 1_000
        due.append(part.is_due)
        await part.close()
        return due

    assert asyncio.run(story()) == [False, True, False, False, True]


def test_counts_of_processes_that_are_gone_are_folded_and_one_that_wakes_is_not_counted_twice(fleet, shared):
    sleeper, other = Metrics(), Metrics()

    async def story() -> list[int]:
        asleep, awake = fleet.part(InstanceTotals(sleeper)), fleet.part(InstanceTotals(other))
        totals = []

        async def look() -> None:
            fleet.now.at += READ_MS
            await awake.flush()
            totals.append((await awake.read()).counters[MADE])

        count(sleeper, 5)
        count(other, 7)
        await asleep.flush()
        await look()
        fleet.now.at += FOLD_MS + 1
        count(other, 1)
        await look()  # the reader folds what is old: both of the fields above
        assert set(shared.run("HKEYS", KEY).split()) > {FOLDED}
        assert len(shared.run("HKEYS", KEY).split()) == 2
        count(sleeper, 2)
        await asleep.flush()
        await look()
        fleet.now.at += RENAME_MS + 1
        count(sleeper, 1)
        await asleep.flush()
        await look()
        fleet.now.at += FOLD_MS + 1
        await look()
        await look()
        await asleep.close()
        await awake.close()
        return totals

    assert asyncio.run(story()) == [12, 13, 15, 16, 16, 16]
    assert shared.run("HKEYS", KEY) == FOLDED


def test_of_two_that_fold_at_once_only_the_first_does(fleet):
    metrics = Metrics()

    async def story() -> list[int]:
        gone = fleet.part(InstanceTotals(metrics))
        count(metrics, 4)
        await gone.flush()
        fleet.now.at += FOLD_MS + 1
        readers = [fleet.part(InstanceTotals(Metrics())) for _ in range(8)]
        seen = await asyncio.gather(*(reader.read() for reader in readers))
        seen.append(await gone.read())
        for part in (gone, *readers):
            await part.close()
        return [totals.counters[MADE] for totals in seen]

    assert asyncio.run(story()) == [4] * 9


def test_what_was_read_is_told_again_for_a_second(fleet):
    metrics = Metrics()

    async def story() -> list[int]:
        part, reader = fleet.part(InstanceTotals(metrics)), fleet.part(InstanceTotals(Metrics()))
        seen = []
        for later in (0, READ_MS - 1, 1):
            fleet.now.at += later
            count(metrics, 2)
            await part.flush()
            seen.append((await reader.read()).counters[MADE])
        await part.close()
        await reader.close()
        return seen

    assert asyncio.run(story()) == [2, 2, 6]


def test_what_somebody_else_wrote_is_refused(fleet, shared):
    shared.run("HSET", KEY, "stranger", json.dumps({"at": "soon"}))

    async def story() -> None:
        part = fleet.part(InstanceTotals(Metrics()))
        with pytest.raises(BadEntry):
            await part.read()
        await part.close()

    asyncio.run(story())

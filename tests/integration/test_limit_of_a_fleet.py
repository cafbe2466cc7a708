"""B8: many processes and the edge, one Redis, one reader: N pass in a window, N + 1 over the edge of two."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time

import httpx
import pytest
import upstash_ratelimit.limiter
from upstash_ratelimit import SlidingWindow

from infra.project import ROOT
from infra.rigs.faults import FAULTS, fault_proxy
from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.breaker import TIER_POLICY, TierBreaker
from sabiscore.cache.upstash_calls import CACHE_DEADLINE_S, UpstashCalls
from sabiscore.limits.bucket import Buckets
from sabiscore.limits.fleet import FleetCount
from sabiscore.limits.leases import Leases
from tests.support.limiters import START, WINDOW_MS, CountInMemory, Hands
from tests.support.served import SECRET
from tests.support.waiting import HANG_S

N = 100
READER = "203.0.113.7"
PROCESSES = 4
EDGE = ROOT / "functions" / "edge"
NODE = EDGE / "node_modules" / ".bin" / "node"

ONE_PROCESS = """
import asyncio, sys
import upstash_ratelimit.limiter
from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.breaker import TierBreaker
from sabiscore.cache.upstash_calls import UpstashCalls
from sabiscore.limits.bucket import Buckets
from sabiscore.limits.fleet import FleetCount
from sabiscore.limits.leases import Leases

url, most, *instants = sys.argv[1:]
at = 0
upstash_ratelimit.limiter.now_ms = lambda: at

async def story():
    global at
    calls = UpstashCalls(url, TOKEN, 20)
    count = FleetCount(calls, TierBreaker(lambda: at), int(most), failed)
    leases = Leases(count, Buckets(int(most)), lambda: at)
    for instant in instants:
        sys.stdin.readline()
        at = int(instant)
        verdicts = await asyncio.gather(*(leases.take("203.0.113.7") for _ in range(int(most))))
        print(sum(verdict.wait_s == 0 for verdict in verdicts), flush=True)
    await calls.close()

def failed(error):
    raise error

asyncio.run(story())
"""


@pytest.fixture
def at(monkeypatch) -> Hands:
    """The clock of upstash-ratelimit and of our leases."""
    now = Hands()
    monkeypatch.setattr(upstash_ratelimit.limiter, "now_ms", now)
    return now


def leases(url: str, now: Hands, most: int = N, deadline_s: float = 20.0):
    """(limiter, its calls, its breaker, what failed)."""
    failed: list[Exception] = []
    calls, breaker = UpstashCalls(url, TOKEN, deadline_s), TierBreaker(now)
    count = FleetCount(calls, breaker, most, failed.append)
    return Leases(count, Buckets(most, now.seconds), now), calls, breaker, failed


def test_many_processes_share_one_limit_and_a_burst_over_the_edge_gains_one(shared):
    instants = [str(START + WINDOW_MS - 1), str(START + WINDOW_MS + 1), str(START + 3 * WINDOW_MS)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python"), *filter(None, sys.path)])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_PROCESS, shared.url, str(N), *instants],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    passed = []
    for _ in instants:
        for process in running:
            process.stdin.write("\n")
            process.stdin.flush()
        passed.append(sum(int(process.stdout.readline()) for process in running))
    for process in running:
        process.communicate(timeout=HANG_S)
    before, after, later = passed
    assert N // 2 <= before <= N
    assert before + after <= N + 1
    assert N // 2 <= later <= N


def test_the_count_in_memory_that_other_tests_take_is_redis_own(shared, at):
    async def story():
        limiter, calls, _, failed = leases(shared.url, at)
        real, made_up = limiter._count, CountInMemory(N, at)
        for size, later in (
            (1, 0),
            (60, 1),
            (30, 30_000),
            (20, 29_000),
            (1, 999),
            (50, 20_000),
            (50, 70_000),
        ):
            at.at += later
            assert await real.lease(READER, size) == await made_up.lease(READER, size)
        assert not failed
        await calls.close()

    asyncio.run(story())


@pytest.mark.parametrize("fault", FAULTS)
def test_f1_every_fault_leaves_the_limit_of_one_instance_and_costs_nothing_after_five(shared, at, fault):
    async def story():
        limiter, calls, breaker, failed = leases(
            f"http://127.0.0.1:{proxy.port}", at, deadline_s=CACHE_DEADLINE_S
        )
        proxy.fault = fault
        verdicts = [await limiter.take(READER) for _ in range(3 * N)]
        assert sum(verdict.wait_s == 0 for verdict in verdicts) == N
        assert all(verdict.unreachable for verdict in verdicts)
        assert len(failed) == TIER_POLICY.failures
        assert breaker.is_open
        await calls.close()

    with fault_proxy(shared.port) as proxy:
        asyncio.run(story())


def test_the_edge_counts_with_the_very_script_of_upstash_ratelimit():
    script = re.search(r"SLIDING_WINDOW = `(.*?)`", (EDGE / "src/count.ts").read_text(), re.DOTALL)
    assert _words(script[1]) == _words(SlidingWindow.SCRIPT)


def _words(script: str) -> list[str]:
    return [line.partition(" --")[0].strip() for line in script.splitlines() if _is_code(line)]


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("--")


def test_the_edge_and_the_functions_count_a_reader_together(shared):
    if not NODE.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "functions/edge has no node_modules: make setup"
        )
    most = 50
    bindings = [f"REQUESTS_PER_MINUTE={most}", f"EDGE_SECRET={SECRET}"]
    bindings += [f"UPSTASH_REDIS_REST_URL={shared.url}", f"UPSTASH_REDIS_REST_TOKEN={TOKEN}"]
    command = [str(NODE), "test/serve.ts", "http://127.0.0.1:1", *bindings]
    worker = subprocess.Popen(command, cwd=EDGE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        edge = worker.stdout.readline().strip()
        passed = _through_both(edge, shared.url, most)
    finally:
        worker.communicate(timeout=HANG_S)
    # By the machine's clock: a run may see the edge of a window, and one more pass.
    assert most // 2 <= passed <= most + most // 10
    assert shared.run("--scan", "--pattern", f"sabiscore:limit:{READER}:*")


def _through_both(edge: str, url: str, most: int) -> int:
    """How often one reader passes at the edge and in a function, asking each in turn."""

    async def function() -> list[bool]:
        limiter, calls, _, failed = leases(url, _Now(), most)
        passed = []
        for turn in range(most):
            passed.append((await limiter.take(READER)).wait_s == 0)
            headers = {"cf-connecting-ip": READER, "x-forwarded-for": str(turn)}
            asked = await asyncio.to_thread(client.get, "/api/v1/leagues", headers=headers)
            passed.append(asked.status_code != 429)
        assert not failed
        await calls.close()
        return passed

    with httpx.Client(base_url=edge, timeout=30) as client:
        return sum(asyncio.run(function()))


class _Now(Hands):
    def __call__(self) -> int:
        return int(time.time() * 1000)

"""F3: a hundred processes killed in the middle of a refresh leave nothing torn and nobody locked out."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache import keys
from sabiscore.cache.entry import CacheEntry, decode
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.tiered_cache import CacheLookup, TieredCache
from sabiscore.cache.upstash import UpstashTier
from sabiscore.cache.upstash_calls import UpstashCalls
from tests.support.deaths import ENDS_S
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
KILLS = 100
LOCK_LIFE_MS = 3_600_000
"""Instead of 8 s, so that every lock of the dead is still there to be looked at; the test ends them."""
ENTRY_LIFE_MS = 3_600_000

# One process imports everything, then forks a child for every kill. A child tells each step it takes
# through a pipe; it is killed as soon as it told as many as chance wants, wherever it is by then. One that is
# done before waits for its end.
KILLING = """
import asyncio, json, os, random, signal, sys
import anyio._backends._asyncio
from sabiscore.cache import tiered_cache as chain, upstash_client
from tests.faults.test_killed_refresh import chain_over, question

url, kills = sys.argv[1], int(sys.argv[2])
chance = random.Random(3)

def child(number, pipe):
    step = lambda: os.write(pipe, b".")
    async def refresh():
        kept, tier = chain_over(url)
        for name in ("read", "acquire_lock", "write", "release_lock", "invalidate"):
            def counted(work):
                async def call(*arguments):
                    step()
                    value = await work(*arguments)
                    step()
                    return value
                return call
            setattr(tier, name, counted(getattr(tier, name)))
        asked = question(number, step)
        await kept.get(asked)
        await kept.invalidate([asked.tags[0]])
        await kept.get(asked, past_memory=True)
    asyncio.run(refresh())

ended = []
for number in range(kills):
    heard, pipe = os.pipe()
    wanted = chance.randrange(1, 24)
    pid = os.fork()
    if pid == 0:
        os.close(heard)
        child(number, pipe)
        os.close(pipe)
        signal.pause()
    os.close(pipe)
    steps = 0
    while steps < wanted and (taken := os.read(heard, wanted - steps)):
        steps += len(taken)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(heard)
    ended.append([steps, os.WIFSIGNALED(status)])
print(json.dumps(ended))
"""


def now() -> int:
    return int(time.time() * 1000)


def body_of(number: int) -> bytes:
    return f"answer {number} ".encode() * 500


def question(number: int, step=lambda: None) -> CacheLookup:
    """The question whose answer is ``body_of(number)``; ``step`` is told of its making."""

    async def make() -> CacheEntry:
        step()
        at = now()
        return CacheEntry(
            status=200,
            headers=(),
            body=body_of(number),
            stored_at=at,
            fresh_until=at + ENTRY_LIFE_MS,
            stale_until=at + ENTRY_LIFE_MS,
            tags=(f"match:{number}",),
        )

    return CacheLookup(keys.entry_key(f"/{number}"), (f"match:{number}",), make)


def chain_over(url: str, failures: list[Exception] | None = None) -> tuple[TieredCache, UpstashTier]:
    tier = UpstashTier(UpstashCalls(url, TOKEN, 60), now)
    failed = [].append if failures is None else failures.append
    return TieredCache(MemoryTier(now), tier, now=now, failed=failed, lock_life_ms=LOCK_LIFE_MS), tier


def killed(url: str) -> list[tuple[int, bool]]:
    """(steps taken, whether the kill was its end) of each process."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")])
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-c", KILLING, url, str(KILLS)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=ENDS_S, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [(steps, was_killed) for steps, was_killed in json.loads(done.stdout)]


def test_nothing_is_torn_no_lock_stays_and_the_next_run_completes(shared):
    ended = killed(shared.url)
    assert all(was_killed for _, was_killed in ended)
    assert len({steps for steps, _ in ended}) > 15

    names = shared.run("KEYS", "*").split()
    kept = [name for name in names if name.startswith(keys.entry_key("/"))]
    locks = [name for name in names if name.startswith(keys.lock_key(""))]
    assert kept
    assert locks
    for name in kept:
        number = int(name.rpartition("/")[2])
        assert decode(shared.run("GET", name)).body == body_of(number)
        # Whatever is kept can be dropped by its tag.
        assert shared.run("ZSCORE", keys.members_key(f"match:{number}"), name)
    for name in locks:
        assert 0 < int(shared.run("PTTL", name)) <= LOCK_LIFE_MS
        shared.run("PEXPIRE", name, "1")
    until(lambda: shared.run("KEYS", keys.lock_key("*")), lambda names: not names)

    failures: list[Exception] = []

    async def next_run():
        chain_again, tier = chain_over(shared.url, failures)
        served = await asyncio.gather(*(chain_again.get(question(number)) for number in range(KILLS)))
        await tier.close()
        return [entry.entry.body for entry in served]

    assert asyncio.run(next_run()) == [body_of(number) for number in range(KILLS)]
    assert failures == []
    left = [name for name in shared.run("KEYS", "*").split() if name.startswith(keys.lock_key(""))]
    assert left == []

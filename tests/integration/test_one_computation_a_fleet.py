"""L6: four real processes, one cold key, 1,000 requests at once: one computation with the shared cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from infra.rigs.upstash_rest import TOKEN
from tests.support.deaths import ENDS_S

ROOT = Path(__file__).parents[2]
PROCESSES, REQUESTS = 4, 1_000

ASKING = """
import asyncio, json, sys, time
from sabiscore.cache.tiered_cache import CacheLookup, TieredCache
from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.keys import entry_key
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.tier import NullTier
from sabiscore.cache.upstash import UpstashTier
from sabiscore.cache.upstash_calls import UpstashCalls

url, token, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
now = lambda: int(time.time() * 1000)
failures, made = [], []
shared = UpstashTier(UpstashCalls(url, token, 60), now) if url else NullTier()
chain = TieredCache(MemoryTier(now), shared, now=now, failed=failures.append)

async def make():
    made.append(1)
    await asyncio.sleep(0.3)  # a computation takes its time; nobody who waits for it may begin another
    at = now()
    return CacheEntry(
        status=200, headers=(), body=b"one answer", stored_at=at,
        fresh_until=at + 3_600_000, stale_until=at + 3_600_000, tags=("odds",),
    )

async def main():
    if url:
        await shared.read("warm", ())
    print("ready", flush=True)
    sys.stdin.readline()
    lookup = CacheLookup(entry_key("/cold"), ("odds",), make)
    served = await asyncio.gather(*(chain.get(lookup) for _ in range(times)))
    if url:
        await shared.close()
    bodies = {result.entry.body.decode() for result in served}
    print(json.dumps([len(made), sorted(bodies), [str(error) for error in failures]]))

asyncio.run(main())
"""


def outcome(url: str) -> Counter[str]:
    """What the processes did together: answers given and computations made."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers/core/python")}
    command = [sys.executable, "-c", ASKING, url, TOKEN, str(REQUESTS // PROCESSES)]
    running = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    assert [process.stdout.readline() for process in running] == ["ready\n"] * PROCESSES
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [json.loads(process.communicate(timeout=ENDS_S)[0]) for process in running]
    assert all(process.returncode == 0 for process in running)
    assert [bodies for _, bodies, _ in outputs] == [["one answer"]] * PROCESSES
    assert [failures for _, _, failures in outputs] == [[]] * PROCESSES
    return Counter(computations=sum(made for made, _, _ in outputs), most=max(made for made, _, _ in outputs))


def test_one_computation_for_the_whole_fleet(shared):
    assert outcome(shared.url) == Counter(computations=1, most=1)


def test_without_the_shared_cache_at_most_one_a_process():
    assert outcome("") == Counter(computations=PROCESSES, most=1)

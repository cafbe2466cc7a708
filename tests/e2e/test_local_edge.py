"""The chain as `make edge` starts it: the Worker in workerd, a real Redis, the functions behind them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from infra.local.edge import LocalEdge, local_edge
from infra.project import ROOT
from infra.rigs.part import Part, free_port
from infra.rigs.redis import python_environ
from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache import keys
from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.upstash import UpstashTier
from sabiscore.cache.upstash_calls import UpstashCalls
from sabiscore.http.signatures import signed_headers
from tests.support.data_dirs import MATCH_ID, made_up_data_dir, publish_priced

INSIGHT = f"/api/v1/insights/{MATCH_ID}"
SHOWN = re.findall(
    r"^cache-status: (.*)$", (ROOT / "docs" / "edge.md").read_text(encoding="utf-8"), re.MULTILINE
)
READERS = 200
MOST_FETCHES = 10
TRIES = 4
"""Fewer than the failures after which the Worker leaves Redis alone."""
NEW_ODDS = (2.43, 3.3, 3.1)
NEW = b'"odds":2.43,'
MORE_READS = 10
"""How often each reader reads on after it was given the new answer."""
HANG_S = 60.0
COUNTED = re.compile(
    r'sabiscore_http_requests_total\{method="\w+",endpoint="/api/v1/insights/\{match_id\}",[^}]*\} (\d+)'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one reader got, and when it asked and heard, in seconds since 1970.

    ``is_new``: it tells of the odds that were published last. (The ETag changes by itself now and then.)
    """

    asked: float
    heard: float
    status: int
    age_s: int
    etag: str
    said: str
    is_new: bool

    def is_as_old_as(self, stored_at: int) -> bool:
        """Whether its age is that of an entry stored then (ms), at an instant between asking and hearing.

        An age is in whole seconds.
        """
        return self.asked - 1 <= stored_at / 1000 + self.age_s <= self.heard + 1


@dataclass
class Chain:
    """The running chain, and where its publication lies."""

    edge: LocalEdge
    data_dir: Path

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Callable[..., Awaitable[Read]]]:
        """Reads a path at the Worker."""
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=self.edge.url, limits=limits, timeout=HANG_S, trust_env=False
        ) as client:

            async def read(path: str = INSIGHT, **headers: str) -> Read:
                asked = time.time()
                answer = await client.get(path, headers=headers)
                output = answer.headers
                age_s, said = int(output.get("age", -1)), output.get("cache-status", "")
                return Read(
                    asked=asked,
                    heard=time.time(),
                    status=answer.status_code,
                    age_s=age_s,
                    etag=output.get("etag", ""),
                    said=said,
                    is_new=NEW in answer.content,
                )

            yield read

    async def revalidate(self) -> None:
        """Makes a signed call through the Worker, and returns when it was accepted."""
        body = f'{{"match": "{MATCH_ID}"}}'.encode()
        signed = signed_headers([self.edge.secret], body, datetime.now(UTC))
        headers = {"Content-Type": "application/json", **signed}
        async with httpx.AsyncClient(timeout=HANG_S, trust_env=False) as client:
            answer = await client.post(f"{self.edge.url}/api/revalidate", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["edge"]["told"]

    async def publish(self, age_s: int, ttl_s: int, swr_s: int) -> tuple[str, int]:
        """(path, stored at in ms) of an entry that we put where the fleet shares, as a cron does."""
        path = f"/api/v1/insights/epl-2526-{uuid4().hex}-away"
        stored_at = int(time.time() * 1000) - 1000 * age_s
        fresh_until = stored_at + 1000 * ttl_s
        headers = (("content-type", "application/json"), ("etag", '"by-a-cron"'))
        entry = CacheEntry(
            status=200,
            headers=headers,
            body=b"{}",
            stored_at=stored_at,
            fresh_until=fresh_until,
            stale_until=fresh_until + 1000 * swr_s,
            tags=("odds",),
        )
        tier = UpstashTier(UpstashCalls(self.edge.shared.url, TOKEN, 5), lambda: int(time.time() * 1000))
        key = keys.entry_key(path)
        tag_versions = (await tier.read(key, entry.tags)).tag_versions
        assert tag_versions is not None
        assert await tier.write(key, entry, tag_versions) == "stored"
        await tier.close()
        return path, stored_at

    async def forget(self) -> None:
        """Makes a Worker that remembers nothing itself, nor what Redis did to the one before."""
        await asyncio.to_thread(self.edge.worker.stop)
        await asyncio.to_thread(self.edge.worker.start)

    def computed_for_readers(self) -> int:
        """How often the functions were asked for an insight, whatever they answered."""
        metrics = httpx.get(f"{self.edge.functions.url}/metrics", trust_env=False).text
        return sum(map(int, COUNTED.findall(metrics)))


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    data_dir = made_up_data_dir(tmp_path_factory.mktemp("chain") / "home")
    with local_edge(data_dir, bindings={"REQUESTS_PER_MINUTE": "1000000"}) as edge:
        yield Chain(edge, data_dir)


def detail(read: Read) -> str:
    """The tier that answered."""
    return read.said.rpartition("detail=")[2]


def test_every_tier_says_its_name_and_the_age_of_what_it_gives(chain: Chain) -> None:
    async def story() -> None:
        async with chain.reader() as read:
            miss, hit = await read(), await read()
            assert (miss.status, detail(miss), hit.status, detail(hit)) == (200, "origin", 200, "memory")
            assert "fwd=uri-miss" in miss.said
            assert "; hit; ttl=" in hit.said
            assert miss.etag == hit.etag
            same = await read(**{"If-None-Match": hit.etag})
            assert (same.status, same.etag) == (304, hit.etag)
            await chain.revalidate()
            shown = [miss, hit, await read()]
            killed = (chain.edge.shared.server.pid, chain.edge.functions.pid)
            for pid in killed:
                os.kill(pid, signal.SIGSTOP)
            shown.append(await read())
            for pid in killed:
                os.kill(pid, signal.SIGCONT)
        # docs/edge.md shows what was seen here, but for the numbers.
        assert [_without_numbers(answer.said) for answer in shown] == list(map(_without_numbers, SHOWN))

    asyncio.run(story())


def _without_numbers(said: str) -> str:
    return re.sub(r"=-?\d+", "=N", said)


async def _found(read: Callable[..., Awaitable[Read]], path: str) -> Read:
    """The first answer that is there: a busy machine may take longer than the Worker waits for Redis."""
    for _ in range(TRIES):
        answer = await read(path)
        if answer.status == 200:
            return answer
    raise AssertionError(f"{path} was not found in {TRIES} tries: {answer}")


def test_what_a_cron_published_is_served_without_the_functions(chain: Chain) -> None:
    async def story() -> None:
        path, stored_at = await chain.publish(age_s=42, ttl_s=600, swr_s=600)
        async with chain.reader() as read:
            first = await _found(read, path)
            before = chain.computed_for_readers()
            second = await read(path)
            await chain.forget()
        async with chain.reader() as read:
            # KV remembers more than the Worker does.
            third = await read(path)
        assert [detail(answer) for answer in (first, second, third)] == ["upstash", "memory", "kv"]
        assert 42 <= first.age_s <= second.age_s <= third.age_s
        assert all(answer.is_as_old_as(stored_at) for answer in (first, second, third))
        assert {answer.etag for answer in (first, second, third)} == {'"by-a-cron"'}
        assert chain.computed_for_readers() == before

    asyncio.run(story())


def test_after_a_signed_call_everybody_reads_the_new_answer_and_one_of_them_fetched_it(chain: Chain) -> None:
    async def story() -> list[Read]:
        async with chain.reader() as read, asyncio.timeout(HANG_S):
            assert not (await read()).is_new
            publish_priced(chain.data_dir, NEW_ODDS)
            assert not (await read()).is_new
            reading = [asyncio.create_task(_read_on(read)) for _ in range(READERS)]
            await chain.revalidate()
            return [answer for some in await asyncio.gather(*reading) for answer in some]

    before = chain.computed_for_readers()
    reads = asyncio.run(story())
    asked = chain.computed_for_readers() - before
    print(f"{len(reads)} reads, {asked} reached the functions")
    assert {answer.status for answer in reads} == {200}
    # Once anybody has the new answer, who asks sees nothing older.
    fresh_at = min(answer.heard for answer in reads if answer.is_new)
    assert not [answer for answer in reads if answer.asked >= fresh_at and not answer.is_new]
    # No herd: one fetched it for all, and at most a few who were looking in farther tiers meanwhile.
    assert asked <= MOST_FETCHES


async def _read_on(read: Callable[..., Awaitable[Read]]) -> list[Read]:
    """Reads without a pause until it was given the new answer, and some more."""
    reads = [await read()]
    while not reads[-1].is_new:
        reads.append(await read())
    return reads + [await read() for _ in range(MORE_READS)]


def test_a_signed_call_runs_a_schedule_once_through_the_whole_chain(chain: Chain) -> None:
    """Every attempt is of the same call, and the fleet's Redis remembers it."""
    body = b'{"job": "calibrate"}'
    url, now = f"{chain.edge.url}/api/cron/calibrate", datetime.now(UTC)
    attempts = [
        signed_headers([chain.edge.secret], body, now + timedelta(seconds=n), "call_1") for n in (0, 1, 0)
    ]
    with httpx.Client(timeout=HANG_S, trust_env=False) as client:
        headers = [
            client.post(url, content=body, headers={"Content-Type": "application/json", **signed})
            for signed in attempts
        ]
        schedules = client.get(f"{chain.edge.url}/api/cron").json()["schedules"]
    assert [answer.status_code for answer in headers] == [200, 200, 401]  # the last is a copy of the first
    assert headers[0].content == headers[1].content
    assert headers[0].json()["sentence"] == "Nothing is sealed yet."
    (last,) = (schedule["last"] for schedule in schedules if schedule["name"] == "calibrate")
    assert (last["outcome"], last["started_at"]) == ("done", headers[0].json()["started_at"])


Off = Callable[[LocalEdge], tuple[Part, ...]]


@pytest.mark.parametrize(
    "off",
    [
        pytest.param(lambda edge: (edge.shared.server,), id="redis"),
        pytest.param(lambda edge: (edge.shared.rest, edge.shared.server), id="redis and its REST API"),
        pytest.param(lambda edge: (edge.functions,), id="functions"),
        pytest.param(lambda edge: (edge.functions, edge.shared.server), id="functions and redis"),
    ],
)
def test_people_keep_reading_while_parts_are_killed_and_started_again(chain: Chain, off: Off) -> None:
    parts = off(chain.edge)

    async def story() -> None:
        fresh, fresh_at = await chain.publish(age_s=100, ttl_s=600, swr_s=600)
        stale, stale_at = await chain.publish(age_s=700, ttl_s=600, swr_s=600)
        await chain.forget()
        async with chain.reader() as read:
            for path in (fresh, stale):
                assert detail(await _found(read, path)) == "upstash"
            ended = asyncio.Event()
            reading = [
                asyncio.create_task(_read_until(read, path, stored_at, ended))
                for path, stored_at in ((fresh, fresh_at), (stale, stale_at))
            ]
            for part in parts:
                await asyncio.to_thread(part.kill)
            unknown = await read(f"/api/v1/insights/epl-2526-{uuid4().hex}-away")
            assert unknown.status == (503 if chain.edge.functions in parts else 404)
            for part in reversed(parts):
                await asyncio.to_thread(part.start)
            assert (await read("/api/v1/leagues")).status == 200
            ended.set()
            assert min(await asyncio.gather(*reading)) >= 5

    asyncio.run(story())


async def _read_until(
    read: Callable[..., Awaitable[Read]], path: str, stored_at: int, ended: asyncio.Event
) -> int:
    """How often ``path`` was read until it ended, each time with its true age."""
    count = 0
    while not ended.is_set():
        answer = await read(path)
        assert answer.status == 200, answer
        assert answer.is_as_old_as(stored_at), answer
        count += 1
    return count


def test_the_command_says_where_everything_is_and_takes_everything_with_it(chain: Chain) -> None:
    command = [sys.executable, "-m", "infra.cli", "edge", "--port", str(free_port())]
    environ = python_environ(SABISCORE_HOME=str(chain.data_dir))
    with subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        output = _until_serving(process.stdout)
        insight = re.findall(r"curl -i (http\S+)", output)[0]
        assert httpx.get(insight, trust_env=False).headers["cache-status"].startswith("SabiScore-Edge; ")
        parts = [int(pid) for pid in re.findall(r"process (\d+)", output)]
        assert len(parts) == 4
        assert {os.getpgid(pid) for pid in parts} == {process.pid}
        # What Ctrl+C does: the signal goes to every process of the group.
        os.killpg(process.pid, signal.SIGINT)
        _, logged = process.communicate(timeout=HANG_S)
    assert process.returncode == 0, logged
    assert "Traceback" not in logged
    assert {line.partition("│")[0].strip() for line in logged.splitlines() if "│" in line} >= {
        "redis",
        "functions",
    }
    assert not [pid for pid in parts if Path(f"/proc/{pid}").exists()]


def _until_serving(lines: Iterable[str]) -> str:
    output = ""
    for line in lines:
        output += line
        if line.startswith("Serving"):
            break
    return output


def test_without_anything_to_serve_the_command_says_what_to_do(chain: Chain, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infra.cli", "edge", "--simulated", "--port", str(free_port())]
    environ = python_environ(SABISCORE_HOME=str(tmp_path))
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 3
    assert "sabiscore run" in done.stderr

"""Schedules at a signed call on this machine: what `sabiscore up` serves, over made-up matches."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.project import ROOT
from infra.rigs.part import Part, free_port, quiet
from infra.rigs.redis import python_environ
from sabiscore.http.signatures import signed_headers
from sabiscore.jobs.registry import JOBS
from tests.support.job_contexts import settings_of
from tests.support.local_world import World

SECRET = "whsec_" + "c2VjcmV0" * 4


@pytest.fixture(scope="module")
def served(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    data_dir, port = settings_of(world, tmp_path_factory.mktemp("home")).data_dir, free_port()
    command = [sys.executable, "-m", "infra.cli", "up", "--port", str(port)]
    environ = python_environ(
        SABISCORE_HOME=str(data_dir), SABISCORE_CRON_SECRET=SECRET, SABISCORE_REQUESTS_PER_MINUTE="10000"
    )
    part = Part(name="functions", command=command, port=port, environ=environ, folder=ROOT, log=quiet)
    part.start()
    yield part
    part.stop()


def signed(job: str, call_id: str | None = None, late_s: int = 0) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"job": job}).encode()
    at = datetime.now(UTC) + timedelta(seconds=late_s)
    return body, {"content-type": "application/json", **signed_headers([SECRET], body, at, call_id)}


@pytest.mark.parametrize("job", JOBS)
def test_each_schedule_runs_at_a_signed_call_and_is_on_record(served: Part, job: str) -> None:
    body, headers = signed(job)
    answer = httpx.post(f"{served.url}/api/cron/{job}", content=body, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["problems"]) == (200, "done", [])
    answers = httpx.get(f"{served.url}/api/cron", timeout=30).json()
    (mine,) = (schedule for schedule in answers["schedules"] if schedule["name"] == job)
    assert (answers["status"], mine["last"]["outcome"]) == ("ready", "done")
    assert datetime.fromisoformat(mine["due_at"]) > datetime.fromisoformat(mine["last"]["started_at"])


def test_a_hundred_attempts_at_once_are_one_run_on_record(served: Part) -> None:
    """B4, over HTTP and a real store: each attempt is signed anew."""

    async def story() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=100)) as client:
            attempts = []
            for n in range(100):
                body, headers = signed("cleanup", "call_of_many", n)
                attempts.append(client.post(f"{served.url}/api/cron/cleanup", content=body, headers=headers))
            return await asyncio.gather(*attempts)

    answers = asyncio.run(story())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_a_body_with_the_secret_is_taken_and_another_is_not(served: Part) -> None:
    url = f"{served.url}/api/cron/calibrate"
    assert httpx.post(url, json={"secret": SECRET}, timeout=30).json()["outcome"] == "done"
    assert httpx.post(url, json={"secret": SECRET[:-1]}, timeout=30).status_code == 401


def test_a_store_that_is_away_is_reported(world: World, tmp_path: Path) -> None:
    home, port = settings_of(world, tmp_path).data_dir, free_port()
    (tmp_path / "file").write_text("no folder")
    away = f"sqlite:///{tmp_path}/file/sabiscore.db"
    command = [sys.executable, "-m", "infra.cli", "up", "--port", str(port)]
    environ = python_environ(SABISCORE_HOME=str(home), SABISCORE_CRON_SECRET=SECRET, DATABASE_URL=away)
    part = Part(name="functions", command=command, port=port, environ=environ, folder=ROOT, log=quiet)
    part.start()
    try:
        body, headers = signed("calibrate")
        answers = [
            httpx.get(f"{part.url}/api/cron", timeout=30),
            httpx.post(f"{part.url}/api/cron/calibrate", content=body, headers=headers, timeout=30),
        ]
    finally:
        part.stop()
    assert [answer.status_code for answer in answers] == [503, 503]
    assert all(answer.headers["retry-after"] for answer in answers)
    assert not [answer for answer in answers if str(tmp_path) in answer.text]

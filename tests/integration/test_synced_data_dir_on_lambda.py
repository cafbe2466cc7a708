"""A fleet as AWS would run it: every function with an empty disk of its own, one store, and one bucket."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import Image, Sandbox
from sabiscore.publication.publish import COMING, read
from sabiscore.settings import read_settings
from sabiscore.sync.factory import sync_of
from sabiscore.sync.session import DataDirSync
from tests.integration.test_schedules_on_lambda import TICK
from tests.support.buckets import environ_of, make_bucket
from tests.support.job_contexts import settings_of
from tests.support.local_world import World


@pytest.fixture(scope="module")
def built() -> Image:
    return image()


def data_sync(environ: dict[str, str]) -> DataDirSync:
    def refuse(error: Exception) -> None:
        raise error

    found = sync_of(read_settings(environ), refuse)
    assert found is not None
    return found


def body_of(answer: Any) -> Any:
    return json.loads(answer.response["body"])


def test_what_schedules_write_on_one_disk_another_function_answers_from(
    built: Image, world: World, s3: str, tmp_path: Path
) -> None:
    data_dir = settings_of(world, tmp_path / "laptop")
    (
        data_dir.publication / COMING
    ).unlink()  # all of it is over by the real clock, so what is there would stay
    fleet = {"SABISCORE_BUCKET": f"s3://{make_bucket(s3)}/home", **environ_of(s3)}
    data_sync({**fleet, "SABISCORE_HOME": str(data_dir.data_dir)}).push()
    store = {"DATABASE_URL": f"sqlite:///{data_dir.data_dir / 'sabiscore.db'}"}

    empty = {**fleet, "SABISCORE_HOME": str(tmp_path / "insights")}
    with Sandbox(built, "functions/insights.handler", empty) as insights:
        assert insights.call(event("GET", "/api/v1/matches")).status == 503

        for job in ("stats", "odds", "calibrate", "cleanup"):
            disk = {**fleet, **store, "SABISCORE_HOME": str(tmp_path / job)}
            with Sandbox(built, f"functions/cron/{job}.handler", disk) as schedule:
                report = schedule.call(TICK, deadline_s=120).response
                assert (report["outcome"], report["problems"]) == ("done", []), job
                assert "Traceback" not in schedule.log()
        newest = read(tmp_path / "stats" / "publication")
        assert read(tmp_path / "odds" / "publication").digest == newest.digest

        now = event("GET", "/api/v1/leagues", headers={"cache-control": "no-cache"})
        answer = insights.call(now)
        assert answer.status == 200
        as_of = datetime.fromisoformat(body_of(answer)["freshness"]["as_of"])
        assert as_of == newest.as_of.replace(microsecond=as_of.microsecond)
        assert read(tmp_path / "insights" / "publication").digest == newest.digest

    standing = {
        status.path: status.state
        for status in data_sync({**fleet, "SABISCORE_HOME": str(data_dir.data_dir)}).status()
    }
    assert standing["publication/days.json"] == "newer there", "what cleanup wrote outlived its disk"


def test_the_layers_of_a_function_are_enough_for_its_bucket(built: Image, s3: str, tmp_path: Path) -> None:
    """With an empty bucket there is nothing to serve, and that is what is said."""
    environ = {
        "SABISCORE_BUCKET": f"s3://{make_bucket(s3)}/home",
        "SABISCORE_HOME": str(tmp_path / "home"),
        "SABISCORE_SEED": str(tmp_path / "no-layer"),
        **environ_of(s3),
    }
    for function in ("insights", "revalidate", "health"):
        path = {"insights": "/api/v1/leagues", "revalidate": "/api/revalidate", "health": "/health/ready"}
        with Sandbox(built, f"functions/{function}.handler", environ) as sandbox:
            answer = sandbox.call(event("GET", path[function]))
            assert answer.status == (200 if function == "revalidate" else 503)
            assert "ModuleNotFoundError" not in sandbox.log()

"""A fleet over one bucket: what one publishes or a person promotes, the others answer from in a minute."""

from __future__ import annotations

import asyncio
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.cli.error_messages import complain, complaint_of
from infra.local.data_dirs import data_dir_settings
from infra.rigs.made_up import made_up_bundle, publish_priced
from sabiscore.bootstrap import serving as composition
from sabiscore.bootstrap.job_context import open_job_context
from sabiscore.cache.targets import of_tags
from sabiscore.clock import FixedClock
from sabiscore.errors import BadSetting, BucketUnavailable, EdgeUnavailable
from sabiscore.jobs.cleanup import PRICES_KEPT_FOR
from sabiscore.jobs.registry import run_job
from sabiscore.pipeline.cold_storage import BETS, bets_in
from sabiscore.publication.daily_anchors import read_days
from sabiscore.settings import read_settings
from sabiscore.sync.contents import COMING
from sabiscore.sync.factory import sync_of
from sabiscore.sync.follower import Follower
from tests.integration.test_cleanup_job import settle_one
from tests.support.buckets import MemoryBucket, delete_object, make_bucket, opening
from tests.support.job_contexts import settings_of
from tests.support.local_world import NOW, World
from tests.support.served import SECRET
from tests.support.settled_seasons import BEGIN
from tests.support.synced_data_dirs import READ, Fleet, Reader


@pytest.fixture
def fleet(s3: str, tmp_path: Path) -> Fleet:
    found = Fleet(tmp_path, s3, f"{make_bucket(s3)}/homes/real")
    found.begin()
    return found


def test_a_reader_that_has_nothing_brings_what_it_needs(fleet: Fleet) -> None:
    reader = fleet.reader("reader")
    assert (reader.price(), reader.bundle(), reader.checks().get("bucket")) == (1.8, "1.0.0", None)


def test_what_is_published_is_served_within_a_minute_and_looked_for_once_in_it(fleet: Fleet) -> None:
    reader = fleet.reader("reader")
    assert reader.price() == 1.8
    fleet.publish(1.7)
    reader.later(59)
    assert reader.price() == 1.8
    reader.later(1)
    assert reader.price() == 1.7


def test_a_bundle_is_promoted_and_rolled_back_without_a_restart(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, run = fleet.reader("reader"), CliRunner()
    for name, value in fleet.environ("laptop").items():
        monkeypatch.setenv(name, value)
    pointer = fleet.folder / "writer/models/production"
    before = pointer.read_bytes()
    made_up_bundle(fleet.folder / "writer")
    pointer.write_bytes(before)  # 1.0.1 is registered, and nobody's production
    fleet.data_sync().push()
    assert reader.bundle() == "1.0.0"
    first = reader.insights.get(READ).headers["etag"]

    done = run.invoke(app, ["models", "promote", "1.0.1"], catch_exceptions=False)
    assert (done.exit_code, done.output.strip()) == (0, "Bundle 1.0.1 is production now.")
    assert reader.insights.get(READ).headers["etag"] == first
    reader.later(60)
    assert reader.insights.get(READ).headers["etag"] != first
    assert (reader.bundle(), reader.checks()["bundle"]) == ("1.0.1", "pass")

    assert run.invoke(app, ["models", "rollback"], catch_exceptions=False).exit_code == 0
    reader.later(60)
    assert reader.insights.get(READ).headers["etag"] == first
    assert (reader.bundle(), reader.checks()["bundle"]) == ("1.0.0", "pass")


def test_who_says_no_cache_is_answered_from_what_was_just_published(fleet: Fleet) -> None:
    """An edge that was told to forget asks so; what it gets it keeps for minutes."""
    reader = fleet.reader("reader")
    assert reader.price() == 1.8
    fleet.publish(1.7)
    assert reader.price() == 1.8
    answer = reader.insights.get(READ, headers={"cache-control": "no-cache"})
    assert answer.json()["markets"][0]["prices"][0]["odds"] == 1.7


def test_what_is_made_anew_is_made_of_what_was_just_published(fleet: Fleet) -> None:
    reader = fleet.reader("reader", more={"SABISCORE_REVALIDATE_SECRET": SECRET})
    assert reader.price() == 1.8
    fleet.publish(1.7)
    assert reader.revalidate.get("/api/revalidate").json()["status"] == "ready"
    assert reader.price() == 1.7


def test_a_deployment_begins_with_what_came_with_it(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    layer = tmp_path / "opt"
    shutil.copytree(fleet.folder / "writer", layer)
    for path in layer.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    environ = {**fleet.environ("reader", "http://127.0.0.1:9"), "SABISCORE_SEED": str(layer)}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    composition.process.cache_clear()
    try:
        composition.process()
    finally:
        composition.process.cache_clear()
    reader = Reader(read_settings(environ), FixedClock(NOW))
    assert reader.price() == 1.8
    assert reader.checks()["bucket"] == "warn"
    checks = {check["name"]: check["detail"] for check in reader.health.get("/health").json()["checks"]}
    assert checks["bucket"] == "The bucket has not answered yet; what came with the deployment serves."
    back = Reader(read_settings({**environ, **fleet.environ("reader")}), FixedClock(NOW))
    fleet.publish(1.6)
    assert (back.price(), back.checks().get("bucket")) == (1.6, None)


@pytest.fixture
def contexts(world: World, fleet: Fleet, tmp_path: Path):
    """Settings of two machines that run schedules over one store, the second with an empty home."""
    place = f"{fleet.place.partition('/')[0]}/homes/schedules"
    first = settings_of(world, tmp_path / "first")
    url = f"sqlite:///{first.data_dir / 'sabiscore.db'}"
    shared = {**fleet.environ("unused"), "SABISCORE_BUCKET": f"s3://{place}", "DATABASE_URL": url}
    homes = (first.data_dir, tmp_path / "second")
    return tuple(read_settings({**shared, "SABISCORE_HOME": str(data_dir)}) for data_dir in homes)


def test_schedules_of_two_machines_go_on_from_each_other(contexts) -> None:
    first, second = contexts
    clock = FixedClock(NOW)
    with open_job_context(first, clock, "simulated") as context:
        assert run_job("odds", context).outcome == "done"
        assert run_job("stats", context).outcome == "done"
    with open_job_context(second, clock, "simulated") as context:
        assert context.store.history().played.any(), "the season archives are there"
        assert list(context.checkpoints.glob("*.npz"))
        for job in ("calibrate", "cleanup"):
            assert run_job(job, context).outcome == "done", job
    assert read_days(second.publication)
    with open_job_context(first, clock, "simulated"):
        pass
    assert read_days(first.publication) == read_days(second.publication)


def test_whoever_is_notified_finds_what_is_new(contexts) -> None:
    """Caches and the edge ask as soon as they are told: the bucket has to have it by then."""
    first, second = contexts
    clock = FixedClock(NOW)
    edge = {"SABISCORE_EDGE_URL": "http://127.0.0.1:9", "SABISCORE_EDGE_SECRET": SECRET}
    with open_job_context(read_settings({**first.environ, **edge}), clock, "simulated") as context:
        publish_priced(first.data_dir, (1.5, 3.7, 4.6))
        assert context.invalidate is not None
        with pytest.raises(EdgeUnavailable):
            context.invalidate(of_tags(["odds"]))
        assert Reader(second, clock).price() == 1.5, "it was asked for by then"


def test_rows_leave_the_store_only_when_the_bucket_has_them(contexts) -> None:
    first, second = contexts
    clock = FixedClock(BEGIN)
    with open_job_context(first, clock, "simulated") as context:
        settle_one(context)
        clock.at = BEGIN + PRICES_KEPT_FOR + timedelta(days=1)
        torn = replace(context, push=_refuses)
        assert run_job("cleanup", torn).outcome == "failed"
        assert len(context.bets.settled()) == 1
        assert run_job("cleanup", context).done.figures["bets_put_away"] == 1
        assert context.bets.settled() == []
        data_sync = sync_of(second, _never)
        assert data_sync is not None
        data_sync.pull()
        assert len(bets_in(second.data_dir / "away" / BETS)) == 1, "before the run has ended"


def _refuses() -> None:
    raise BucketUnavailable("The bucket is away.")


def _never(error: Exception) -> None:
    raise error


def test_a_person_sees_and_mends(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner()
    for name, value in fleet.environ("laptop").items():
        monkeypatch.setenv(name, value)

    def states() -> dict[str, str]:
        done = run.invoke(app, ["sync", "status", "--json"], catch_exceptions=False)
        return {
            check["path"]: check["state"] for check in json.loads(done.output) if check["state"] != "nowhere"
        }

    assert states() == {"models/production": "newer there", COMING: "newer there"}
    assert "newer there" in run.invoke(app, ["sync", "status"]).output
    assert "newer there" in run.invoke(app, ["shelf", "status"]).output  # its name up to 0.1
    done = run.invoke(app, ["sync", "pull", "--json"], catch_exceptions=False)
    assert json.loads(done.output) == {"files": ["models/production", COMING]}
    assert set(states().values()) == {"same"}
    publish_priced(fleet.folder / "laptop", (1.5, 3.7, 4.6))
    assert states()[COMING] == "newer here"
    assert run.invoke(app, ["sync", "push"], catch_exceptions=False).output.endswith(
        "1 taken to the bucket.\n"
    )
    assert run.invoke(app, ["sync", "push", "--again"]).output == "0 taken to the bucket.\n"

    name, _, prefix = fleet.place.partition("/")
    delete_object(fleet.url, name, "/".join(filter(None, (prefix, COMING))))
    assert states()[COMING] == "missing there"
    done = run.invoke(app, ["sync", "push", "--again"], catch_exceptions=False)
    assert f"Note: The bucket has lost {COMING}. It was written anew" in done.stderr
    assert done.stdout.endswith("1 taken to the bucket.\n")
    assert states()[COMING] == "same"


def test_without_a_bucket_there_is_nothing_to_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path))
    for command in ("pull", "push", "status"):
        with pytest.raises(BadSetting, match="SABISCORE_BUCKET is not set") as refused:
            CliRunner().invoke(app, ["sync", command], catch_exceptions=False)
        assert complain(complaint_of(refused.value)) == 2


def test_a_promotion_that_the_fleet_cannot_hear_of_is_refused(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fleet.environ("writer", "http://127.0.0.1:9").items():
        monkeypatch.setenv(name, value)
    before = (fleet.folder / "writer/models/production").read_bytes()
    with pytest.raises(BucketUnavailable):
        CliRunner().invoke(app, ["models", "promote", "1.0.0"], catch_exceptions=False)
    assert (fleet.folder / "writer/models/production").read_bytes() == before


def test_the_simulated_home_is_shared_with_nobody() -> None:
    environ = {"SABISCORE_BUCKET": "s3://home", "SABISCORE_HOME": "x/real"}
    assert data_dir_settings("real", environ).bucket == "home"
    assert data_dir_settings("simulated", environ).bucket is None


def test_of_many_requests_at_once_one_looks(fleet: Fleet) -> None:
    """The others go on with what is here."""
    bucket, clock = MemoryBucket(), FixedClock(NOW)
    follower = Follower(fleet.folder / "writer", opening(bucket), clock, _never)

    async def crowd() -> None:
        await asyncio.gather(*(follower.follow() for _ in range(50)))

    asyncio.run(crowd())
    assert len(bucket.calls) == 5
    asyncio.run(crowd())
    assert len(bucket.calls) == 5
    clock.at = clock.at.replace(year=clock.at.year - 1)
    asyncio.run(crowd())
    assert len(bucket.calls) == 10, "a clock that was set back puts nothing off"


def test_requests_beside_a_push_of_the_same_home_go_on(fleet: Fleet) -> None:
    reader = fleet.reader("writer", more={"SABISCORE_REQUESTS_PER_MINUTE": "1000000"})
    with ThreadPoolExecutor(1) as pool:
        pushes = pool.submit(lambda: [fleet.publish(1 + n / 10) for n in range(1, 6)])
        while not pushes.done():
            reader.later(60)
            assert reader.price() in (1.8, 1.1, 1.2, 1.3, 1.4, 1.5)
        pushes.result()
    reader.later(60)
    assert reader.price() == 1.5

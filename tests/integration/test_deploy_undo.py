"""A deployment taken back to the one before, and taken down: both clouds together, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from infra.deploy.run import run
from infra.deploy.undo import remove, rollback
from sabiscore.errors import Refused
from tests.support.deployments import Rehearsal, rehearsal


@pytest.fixture
def deployed(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """Both clouds after a first deployment."""
    with rehearsal(s3, tmp_path, monkeypatch, f"t{uuid4().hex[:12]}") as running:
        running.prepare()
        deploy(running)
        yield running


def deploy(rehearsed: Rehearsal) -> list[str]:
    """The steps that changed something."""
    done = run(rehearsed.steps(), lambda _: None, lambda _: None)
    return [step.step for step in done if step.outcome == "changed"]


def release(rehearsed: Rehearsal, number: int) -> str:
    """The Worker's version after another deployment."""
    rehearsed.parameters.put("EDGE_SECRET", f"whsec_{'bmV3' * 10}bmV{number}")
    deploy(rehearsed)
    return rehearsed.api.deployed(rehearsed.deployment.name).id


def test_both_go_back_release_by_release_and_the_next_deployment_goes_on(deployed: Rehearsal) -> None:
    first = deployed.api.deployed(deployed.deployment.name).id
    second, _ = release(deployed, 1), release(deployed, 2)
    assert (rollback(deployed.clouds).functions, rollback(deployed.clouds).functions) == ("101", "100")
    sent = [call["words"][-1] for call in deployed.calls("osls") if call["words"][0] == "rollback"]
    assert sent == ["101", "100"]
    versions = deployed.clouds.cloudflare.versions(deployed.deployment.name)
    assert versions[:2] == (first, second)
    with pytest.raises(Refused, match="before the current"):
        rollback(deployed.clouds)
    assert deploy(deployed) == ["layers", "functions", "worker"]


def test_there_is_nothing_to_go_back_to_after_the_first(deployed: Rehearsal) -> None:
    with pytest.raises(Refused, match="before the current"):
        rollback(deployed.clouds)
    assert [call["words"][0] for call in deployed.calls("osls")] == ["deploy"]


def test_what_is_removed_is_gone_from_both_clouds_and_parameters_stay(deployed: Rehearsal) -> None:
    stored = deployed.parameters.values()
    assert remove(deployed.clouds) == ("worker", "functions")
    assert (deployed.api.workers, deployed.clouds.aws.stack()) == ({}, None)
    assert deployed.parameters.values() == stored
    assert remove(deployed.clouds) == ()


def test_the_bucket_that_was_left_is_named_before_anything_is_deployed_again(deployed: Rehearsal) -> None:
    bucket = deployed.clouds.stack().bucket.removeprefix("s3://").partition("/")[0]
    remove(deployed.clouds)
    client = deployed.clouds.aws.client("s3")
    if bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
        place = {"LocationConstraint": deployed.deployment.region}  # moto does not retain it
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    with pytest.raises(Refused, match=bucket):
        deploy(deployed)
    for found in client.list_objects_v2(Bucket=bucket).get("Contents", ()):
        client.delete_object(Bucket=bucket, Key=found["Key"])
    client.delete_bucket(Bucket=bucket)
    assert "functions" in deploy(deployed)

"""The pinned osls and wrangler against stand-ins of both clouds; what arrived there is read back and run.

One deployment goes through its life: deployed, rotated, interrupted, taken back and removed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from infra.cli.verify import findings_at
from infra.deploy.clouds import Clouds
from infra.deploy.run import run
from infra.deploy.steps import steps
from infra.deploy.undo import remove, rollback
from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import testable as target_here
from infra.rigs.cloudflare_api import TOKEN
from infra.rigs.clouds import SECRET_KEY, StandInClouds, another_region, stand_in_clouds
from infra.rigs.redis import RedisRig
from infra.verification.answers import PATHS
from sabiscore.errors import Unavailable
from tests.integration.test_package import HANDLERS, NEEDED
from tests.integration.test_schedules_on_lambda import TICK
from tests.support.data_dirs import MATCH_ID, made_up_data_dir
from tests.support.deployed_clouds import CALL_S, deployed_functions, deployed_worker, gateway
from tests.support.stored_state import everything_stored
from tests.support.waiting import until

PLANTED = {"SABISCORE_THE_ODDS_API_KEY": "planted-key-of-a-provider-0123"}
PUBLIC = ("EDGE_URL", "UPSTASH_REDIS_REST_URL", "PUSH_PUBLIC_KEY")
KILLED = """
"$0" "$@" & osls=$!
until [ -d .serverless ]; do sleep 0.1; done
kill -9 $osls; wait $osls
"""
"""Runs osls and kills it, as a machine that fails does, once it has begun to write its package."""


def deploy(prepared: StandInClouds) -> list[str]:
    """The steps that changed something."""
    done = run(steps(prepared.clouds), lambda _: None, lambda _: None)
    return [step.step for step in done if step.outcome == "changed"]


def killed_while_packaging(clouds: Clouds) -> Clouds:
    shutil.rmtree(clouds.tools.service / ".serverless", ignore_errors=True)
    return replace(clouds, tools=replace(clouds.tools, osls=("sh", "-c", KILLED, *clouds.tools.osls)))


def packages(prepared: StandInClouds) -> tuple[str, ...]:
    return prepared.clouds.aws.packages(prepared.clouds.stack())


def secrets_of(prepared: StandInClouds) -> set[str]:
    """Everything that nobody may see."""
    stored = prepared.parameters.values().items()
    return {value for name, value in stored if name not in PUBLIC} | {SECRET_KEY, TOKEN}


@pytest.fixture(scope="module")
def deployed(s3: str, redis: RedisRig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInClouds]:
    """Both clouds after a first deployment."""
    folder = tmp_path_factory.mktemp("deployed")
    made_up_data_dir(folder / "data")
    with stand_in_clouds(
        s3, folder / "programs", folder / "data", f"r{uuid4().hex[:8]}", redis.settings | PLANTED
    ) as prepared:
        assert deploy(prepared) == ["layers", "functions", "bucket", "worker"]
        yield prepared


def test_the_second_run_changes_nothing(deployed: StandInClouds) -> None:
    assert deploy(deployed) == []


def test_what_was_deployed_answers_readers_and_verify_finds_nothing(
    deployed: StandInClouds, tmp_path: Path
) -> None:
    name = deployed.clouds.deployment.name
    with (
        deployed_functions(deployed.clouds, tmp_path / "functions") as functions,
        gateway(functions) as origin,
        deployed_worker(deployed.api, name, tmp_path / "worker", origin, deployed.worker_port) as url,
    ):
        for path in PATHS:  # a cold start may take longer than the Worker waits
            assert httpx.get(origin + path, timeout=CALL_S).status_code == 200
        until(lambda: findings_at(url), lambda found: found == [], hang_s=CALL_S)
        insight = httpx.get(f"{url}/api/v1/insights/{MATCH_ID}", timeout=60)
        assert insight.json()["match"]["id"] == MATCH_ID
        assert "SabiScore-Edge" in insight.headers["cache-status"]
        assert httpx.get(f"{url}/match/{MATCH_ID}", headers={"accept": "text/html"}, timeout=60).is_success
        script = next(path for path in deployed.api.deployed(name).site if path.endswith(".js"))
        assert httpx.get(url + script, timeout=60).content == deployed.api.deployed(name).site[script]
        assert {"insights", "pages", "health"} <= functions.started.keys()


def test_every_function_is_its_file_with_its_layers_and_only_the_names_of_its_secrets(
    deployed: StandInClouds, tmp_path: Path
) -> None:
    with deployed_functions(deployed.clouds, tmp_path) as functions:
        for name, module in HANDLERS.items():
            found = functions.configuration(name)
            assert (found["Handler"], found["Runtime"]) == (f"{module}.handler", target_here().runtime)
            assert 3 <= len(found["Layers"]) <= 5
            variables = found["Environment"]["Variables"]
            assert set(variables["SABISCORE_SECRET_NAMES"].split()) == NEEDED[name]
        answer = functions.call("cron", event("GET", "/api/cron", route="ANY /api/cron"))
        assert answer["statusCode"] == 200
        report = functions.call("calibrate", TICK)
        assert (report["job"], report["outcome"]) == ("calibrate", "done")


def test_the_gateway_has_every_route_and_schedules_have_a_rule(
    deployed: StandInClouds, tmp_path: Path
) -> None:
    with deployed_functions(deployed.clouds, tmp_path) as functions:
        assert {*functions.routes().values()} <= HANDLERS.keys()
    name = deployed.clouds.deployment.name
    events = deployed.clouds.aws.client("events")
    rules = [rule for rule in events.list_rules()["Rules"] if name in rule["Name"]]
    targets = {
        target["Arn"].rpartition(":")[2]
        for rule in rules
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    }
    assert targets == {f"{name}-{job}" for job in ("odds", "stats", "calibrate", "cleanup")}


def test_no_secret_is_found_after_a_crash_a_rotation_and_a_rollback(
    deployed: StandInClouds, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name, secrets = deployed.clouds.deployment.name, secrets_of(deployed)
    first, worker = packages(deployed)[-1], deployed.api.deployed(deployed.clouds.deployment.name).id
    deployed.parameters.put("EDGE_SECRET", new := "whsec_" + "bmV3" * 11)
    with pytest.raises(Unavailable, match="osls failed") as crashed:
        run(steps(killed_while_packaging(deployed.clouds)), lambda _: None, lambda _: None)
    assert deploy(deployed) == ["layers", "functions", "worker"]
    assert deployed.api.deployed(name).bindings["EDGE_SECRET"]["text"] == new
    went_back = rollback(deployed.clouds)
    assert (went_back.functions, went_back.worker) == (first, worker)
    assert deployed.api.deployed(name).id == worker
    with deployed_functions(deployed.clouds, tmp_path) as functions:
        assert first in functions.template.function("health")["Code"]["S3Key"]
        health = functions.call("health", event("GET", "/health", route="ANY /health"))
        assert json.loads(health["body"])["status"] == "ok"
    secrets |= secrets_of(deployed)
    assert len(secrets) == 9
    written = "".join([*capfd.readouterr(), str(crashed.value)]).encode()
    found = {
        place
        for place, data in [("output", written), *everything_stored(deployed)]
        for secret in secrets
        if secret.encode() in data
    }
    assert found == set()


def test_another_region_stands_beside_it_and_goes_without_it(
    deployed: StandInClouds, s3: str, redis: RedisRig, tmp_path: Path
) -> None:
    serving = deployed.api.deployed(deployed.clouds.deployment.name).id
    with another_region(deployed, s3, tmp_path / "programs", "eu-central-1", redis.settings) as other:
        assert deploy(other) == ["layers", "functions", "bucket", "worker"]
        here, there = deployed.clouds.stack(), other.clouds.stack()
        assert here.bucket != there.bucket
        for prepared, stack in ((deployed, here), (other, there)):
            bound = prepared.api.deployed(prepared.clouds.deployment.name).bindings["ORIGIN"]["text"]
            assert bound == stack.origin
            assert f".{prepared.clouds.deployment.region}." in bound
        assert remove(other.clouds) == ("worker", "functions")
    assert deployed.clouds.stack() == here
    assert deployed.api.deployed(deployed.clouds.deployment.name).id == serving


def test_what_is_removed_is_gone_and_the_bucket_stays(deployed: StandInClouds) -> None:
    name = deployed.clouds.deployment.name
    bucket = deployed.clouds.stack().bucket.removeprefix("s3://").partition("/")[0]
    assert remove(deployed.clouds) == ("worker", "functions")
    assert (deployed.api.workers, deployed.clouds.aws.stack()) == ({}, None)
    assert deployed.clouds.aws.has_bucket(bucket)
    functions_left = deployed.clouds.aws.client("lambda").list_functions()["Functions"]
    assert not [each for each in functions_left if name in each["FunctionName"]]
    assert remove(deployed.clouds) == ()

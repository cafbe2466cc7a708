"""Two empty accounts on this machine, and an operator who has signed in and prepared a deployment.

The pinned osls and wrangler deploy to stand-ins of AWS and Cloudflare; what they write stays in a folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.deploy.clouds import Clouds
from infra.deploy.deployment import Deployment
from infra.deploy.factory import clouds_of, keep_account, stores
from infra.deploy.parameters import ParameterStore
from infra.deploy.preparation import prepare
from infra.deploy.tools import Tools
from infra.lambda_runtime.image import testable as target_here
from infra.layers.build import build, folder_of
from infra.layers.release import release
from infra.project import ROOT
from infra.rigs.cloudflare_api import ACCOUNT, TOKEN, CloudflareApi, cloudflare_api
from infra.rigs.part import HOST, free_port

REGION = "eu-west-1"
SECRET_KEY = "a-secret-key-of-tests"  # noqa: S105 - of nothing but the stand-in


@dataclass(frozen=True, slots=True)
class StandInClouds:
    """What steps work with, and the accounts; ``folder`` holds all that programs write."""

    clouds: Clouds
    api: CloudflareApi
    parameters: ParameterStore
    folder: Path

    @property
    def worker_port(self) -> int:
        """Of this machine, where the functions look for the Worker."""
        return int(self.parameters.values()["EDGE_URL"].rpartition(":")[2])


@contextmanager
def stand_in_clouds(
    aws: str, folder: Path, data_dir: Path, stage: str, given: Mapping[str, str]
) -> Iterator[StandInClouds]:
    """An account at ``aws`` and one of Cloudflare, prepared for ``stage`` with the settings ``given``."""
    deployment = Deployment(stage, REGION)
    with (
        cloudflare_api() as api,
        _prepared(aws, api, folder, data_dir=data_dir, deployment=deployment, given=given) as first,
    ):
        yield first


@contextmanager
def another_region(
    beside: StandInClouds, aws: str, folder: Path, region: str, given: Mapping[str, str]
) -> Iterator[StandInClouds]:
    """The same stage in ``region`` of the same accounts, prepared too."""
    deployment, data_dir = Deployment(beside.clouds.deployment.stage, region), beside.clouds.data_dir
    with _prepared(aws, beside.api, folder, data_dir=data_dir, deployment=deployment, given=given) as second:
        yield second


@contextmanager
def _prepared(
    aws: str,
    api: CloudflareApi,
    folder: Path,
    *,
    data_dir: Path,
    deployment: Deployment,
    given: Mapping[str, str],
) -> Iterator[StandInClouds]:
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    signed_in = {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": deployment.region,
        "CLOUDFLARE_API_TOKEN": TOKEN,
        "CLOUDFLARE_API_BASE_URL": api.url,
        "HOME": str(folder),
        "TMPDIR": str(temporary),
    }
    with _environment(signed_in):
        parameters, records = stores(deployment)
        address = {"SABISCORE_EDGE_URL": f"http://{HOST}:{free_port()}"}
        prepare(parameters, {**given, **address}, lambda _question, _secret: "")
        keep_account(records, ACCOUNT)
        yield StandInClouds(_clouds(deployment, folder, data_dir), api, parameters, folder)


def _clouds(deployment: Deployment, folder: Path, data_dir: Path) -> Clouds:
    """With serverless.yml, handlers and layers in folders of their own: osls writes beside the first."""
    target, service, layers = target_here(), folder / "service", folder / "layers"
    shutil.copytree(ROOT / "functions", service / "functions", ignore=_all_but_handlers)
    shutil.copyfile(ROOT / "serverless.yml", service / "serverless.yml")
    found = clouds_of(
        deployment,
        data_dir,
        (f"layers={layers}", f"runtime={target.runtime}"),
        Tools(service=service),
    )

    def build_layers(data_dir: Path) -> None:
        build(target)
        layers.mkdir(exist_ok=True)
        for archive in folder_of(target).glob("*.zip"):
            shutil.copyfile(archive, layers / archive.name)
        release(data_dir, layers)

    return replace(found, build_layers=build_layers)


def _all_but_handlers(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py") and name != "cron"]


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

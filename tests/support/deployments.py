"""A deployment to rehearse: AWS in moto, Cloudflare's API, and programs that keep how they were called."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.clouds import Clouds
from infra.deploy.deployment import Deployment
from infra.deploy.factory import clouds_of, keep_account, stores
from infra.deploy.parameters import ParameterStore
from infra.deploy.preparation import prepare
from infra.deploy.steps import Step, steps
from infra.deploy.tools import Tools
from infra.rigs.cloudflare_api import ACCOUNT, TOKEN, CloudflareApi, cloudflare_api
from tests.support.data_dirs import made_up_data_dir

HERE = Path(__file__).parent
SECRET_KEY = "a-secret-key-of-tests"
UPSTASH = {
    "UPSTASH_REDIS_REST_URL": "https://known-cat-1.upstash.io",
    "UPSTASH_REDIS_REST_TOKEN": "token-of-cache-1",
}


def nobody_answers(question: str, secret: bool) -> str:
    """Where nobody sits at the terminal."""
    return ""


@dataclass
class Rehearsal:
    """Clouds of a stage and what reached them; ``folder`` is where the programs keep their calls."""

    deployment: Deployment
    api: CloudflareApi
    folder: Path
    data_dir: Path
    built: list[Path] = field(default_factory=list)

    @property
    def tools(self) -> Tools:
        """Programs that stand in for osls and wrangler."""
        python = sys.executable
        return Tools(
            osls=(python, HERE / "fake_osls.py", self.folder),
            wrangler=(python, HERE / "fake_wrangler.py", self.folder),
        )

    @cached_property
    def clouds(self) -> Clouds:
        found = clouds_of(self.deployment, self.data_dir, tools=self.tools)
        return replace(found, build_layers=self.built.append)

    @cached_property
    def parameters(self) -> ParameterStore:
        return stores(self.deployment)[0]

    def steps(self) -> tuple[Step, ...]:
        return steps(self.clouds)

    def prepare(self, given: Mapping[str, str] = UPSTASH) -> None:
        """What `sabiscore deploy init` does where nobody is asked."""
        parameters, records = stores(self.deployment)
        prepare(parameters, given, nobody_answers)
        keep_account(records, ACCOUNT)

    def calls(self, program: str) -> list[dict[str, Any]]:
        """Each call of a program: its words and its environment."""
        path = self.folder / f"{program}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def secrets(self) -> set[str]:
        """Everything that nobody may see."""
        hidden = {
            "DATABASE_URL",
            "UPSTASH_REDIS_REST_TOKEN",
            "EDGE_SECRET",
            "REVALIDATE_SECRET",
            "CRON_SECRET",
            "ACCOUNT_SECRET",
        }
        stored = self.parameters.values()
        return {stored[name] for name in hidden & stored.keys()} | {TOKEN, SECRET_KEY}


@contextmanager
def rehearsal(aws: str, folder: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> Iterator[Rehearsal]:
    """An empty account at ``aws`` and an empty one of Cloudflare, with credentials in the environment."""
    data_dir, programs = folder / "data", folder / "programs"
    programs.mkdir()
    made_up_data_dir(data_dir)
    with cloudflare_api() as api:
        environ = {
            "AWS_ENDPOINT_URL": aws,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "eu-west-1",
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "CLOUDFLARE_API_BASE_URL": api.url,
            "SABISCORE_HOME": str(data_dir),
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield Rehearsal(Deployment(stage, "eu-west-1"), api, programs, data_dir)

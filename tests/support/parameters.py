"""Stores of secrets for tests: one in memory, and the parameters of a stand-in of AWS (moto)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3

from sabiscore.errors import SecretsUnavailable

PATH = "/sabiscore/test"


@dataclass
class MemoryParameters:
    """Parameters in a dict; each read is noted. While ``failure`` is set it is raised."""

    values: dict[str, str] = field(default_factory=dict)
    reads: list[tuple[tuple[str, ...], float]] = field(default_factory=list)
    failure: SecretsUnavailable | None = None

    def read(self, environ: Mapping[str, str], names: Sequence[str], deadline_s: float) -> dict[str, str]:
        assert environ["SABISCORE_SECRETS"] == PATH
        self.reads.append((tuple(names), deadline_s))
        if self.failure is not None:
            raise self.failure
        return {name: self.values[name] for name in names if name in self.values}


def asking(*names: str) -> dict[str, str]:
    """The environment of a function that needs the parameters ``names``."""
    return {"SABISCORE_SECRETS": PATH, "SABISCORE_SECRET_NAMES": " ".join(names)}


def aws_environ(url: str) -> dict[str, str]:
    """What Lambda sets, and that AWS answers at ``url``."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-tests",
    }


def put_secret(url: str, name: str, value: str, path: str = PATH) -> None:
    """The SecureString ``name`` of the stand-in at ``url`` is ``value`` now."""
    parameters(url).put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)


def parameters(url: str) -> Any:
    """A client of the parameters at ``url``."""
    return boto3.client(
        "ssm", endpoint_url=url, region_name="eu-west-1", aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )  # fmt: skip

"""The CloudFormation template and archives that a deployment would send, made without AWS.

osls asks AWS a few questions even when it only packages: a moto server on 127.0.0.1 answers them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.layers.build import folder_of
from infra.layers.target import DEPLOYED, Target
from infra.project import ROOT
from sabiscore.errors import Refused, Unavailable

OSLS = ROOT / "infra/node_modules/.bin/osls"
TEMPLATE = "cloudformation-template-update-stack.json"


@dataclass(frozen=True, slots=True)
class Package:
    """What ``osls package`` wrote: function archives in ``folder``, and the template."""

    folder: Path
    template: Mapping[str, Any]

    def resources(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Name → properties of every resource of a type, such as ``AWS::Lambda::Function``."""
        every = self.template["Resources"].items()
        return {name: found.get("Properties", {}) for name, found in every if found["Type"] == kind}

    def function(self, name: str) -> Mapping[str, Any]:
        """The properties of one function, by its name in serverless.yml."""
        return self.resources("AWS::Lambda::Function")[f"{name.capitalize()}LambdaFunction"]

    def routes(self) -> dict[str, str]:
        """Route (``GET /health``) → name of the function that answers it."""
        return {
            route["RouteKey"]: _integration(route).removeprefix("HttpApiIntegration").lower()
            for route in self.resources("AWS::ApiGatewayV2::Route").values()
        }


def _integration(route: Mapping[str, Any]) -> str:
    _, parts = route["Target"]["Fn::Join"]
    return str(parts[1]["Ref"])


def package(
    into: Path,
    *,
    endpoint: str,
    target: Target = DEPLOYED,
    stage: str = "test",
    region: str = "eu-west-1",
) -> Package:
    """Package serverless.yml with the layers built for ``target``; ``endpoint`` stands in for AWS.

    Raises Unavailable without node tools, Refused with osls's own words when it refuses.
    """
    if not OSLS.exists() or shutil.which("node") is None:
        raise Unavailable("osls is not installed.", hint="Run: npm --prefix infra ci")
    layers = folder_of(target).relative_to(ROOT)
    done = subprocess.run(
        [
            *(OSLS, "package", "--package", into, "--stage", stage, "--region", region),
            *("--param", f"layers={layers}", "--param", f"runtime={target.runtime}"),
        ],
        cwd=ROOT,
        env=_environ(endpoint),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}"
        raise Refused(f"osls refused serverless.yml: {said}", hint="See docs/operations.md.")
    return Package(into, json.loads((into / TEMPLATE).read_text()))


def _environ(endpoint: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "NODE_NO_WARNINGS": "1",
        "SLS_TELEMETRY_DISABLED": "1",
        "SLS_NOTIFICATIONS_MODE": "off",
    }

"""Where the steps of a deployment work, and with what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.deploy.aws import Aws, Stack
from infra.deploy.cloudflare import Cloudflare
from infra.deploy.deployment import Deployment
from infra.deploy.parameters import ParameterStore, Records
from infra.deploy.tools import Tools

_MODEL = "edge-model-url"
"""The option of serverless.yml with the address of the edge model's Worker."""


def build_layers(data_dir: Path) -> None:
    """Builds the layers whose inputs changed, and the release layer of ``data_dir``."""
    from infra.layers.build import build, folder_of
    from infra.layers.release import release
    from infra.layers.target import DEPLOYED

    build(DEPLOYED)
    release(data_dir, folder_of(DEPLOYED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clouds:
    """Where steps work, and with what."""

    deployment: Deployment
    aws: Aws
    cloudflare: Cloudflare
    parameters: ParameterStore
    records: Records
    tools: Tools
    data_dir: Path
    options: Sequence[str] = ()
    """``--param`` of osls, each as NAME=VALUE."""
    build_layers: Callable[[Path], None] = build_layers
    """Makes the archives that osls uploads, the release of a data folder among them."""

    def origin(self, stack: Stack) -> str:
        """What the Worker asks: the edge model's Worker where an option names it, else the functions."""
        named = [
            value for name, _, value in (option.partition("=") for option in self.options) if name == _MODEL
        ]
        return named[-1].rstrip("/") if named and named[-1] else stack.origin

    def stack(self) -> Stack:
        """The functions' stack. Raises Unavailable where it is not deployed."""
        return self.aws.deployed()

"""The steps of a deployment, in their order: each knows whether it is done, what it would change, and how."""

from __future__ import annotations

from typing import Protocol

from infra.deploy.clouds import Clouds
from infra.deploy.data_steps import Migrations, SharedDataDir
from infra.deploy.functions_steps import Functions, Layers
from infra.deploy.worker_steps import Address, EdgeWorker


class Step(Protocol):
    """A part of a deployment. Each method raises what the clouds refuse, and Unavailable without them."""

    @property
    def name(self) -> str: ...

    @property
    def changes(self) -> str:
        """What ``run`` changes, for a person."""
        ...

    def is_done(self) -> bool:
        """Whether there is nothing to change; looks and changes nothing."""
        ...

    def run(self) -> None:
        """Changes it. Whatever interrupts it, the next run finishes."""
        ...


def steps(clouds: Clouds) -> tuple[Step, ...]:
    """Every step, in the order in which each finds what it needs."""
    functions = Functions(clouds)
    return (
        Address(clouds),
        Layers(clouds, functions),
        functions,
        SharedDataDir(clouds),
        Migrations(clouds),
        EdgeWorker(clouds),
    )

"""How long both clouds take to be deployed, taken back and removed, against stand-ins on this machine.

The pinned osls and wrangler do the work. What CloudFormation and the internet take is not in it.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.deploy.run import run
from infra.deploy.steps import steps
from infra.deploy.undo import remove, rollback
from infra.rigs.aws_api import aws_api
from infra.rigs.clouds import StandInClouds, stand_in_clouds
from infra.rigs.made_up import made_up_data_dir

STAGE = "bench"
REDIS = {
    "UPSTASH_REDIS_REST_URL": "https://known-cat-1.upstash.io",
    "UPSTASH_REDIS_REST_TOKEN": "token-of-a-bench",
}


def measure() -> Measurement:
    """A deployment from empty accounts to removed ones; layers are built before."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as name, aws_api() as aws:
        data_dir = made_up_data_dir(Path(name) / "data")
        with stand_in_clouds(aws, Path(name) / "programs", data_dir, STAGE, REDIS) as prepared:
            prepared.clouds.build_layers(data_dir)
            return Measurement(_life(prepared))


def _life(prepared: StandInClouds) -> list[BoundCheck]:
    clouds = prepared.clouds
    checks = [
        _check("deploy to empty accounts", lambda: _deploy(prepared), 60),
        _check("deploy again, nothing changed", lambda: _deploy(prepared), 20),
    ]
    prepared.parameters.put("EDGE_SECRET", "whsec_" + "bmV3" * 11)
    return [
        *checks,
        _check("deploy with a rotated secret", lambda: _deploy(prepared), 60),
        _check("go back, both clouds", lambda: rollback(clouds), 20),
        _check("remove both", lambda: remove(clouds), 20),
    ]


def _deploy(prepared: StandInClouds) -> object:
    return run(steps(prepared.clouds), lambda _: None, lambda _: None)


def _check(what: str, act: Callable[[], object], bound_s: float) -> BoundCheck:
    began = time.perf_counter()
    act()
    took_s = round(time.perf_counter() - began, 1)
    return BoundCheck(id="D1", what=what, value=took_s, sense="≤", bound=bound_s, unit="s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = options("infra.bench.deployment", __doc__).parse_args(arguments)
    return finish(measure, given.json)


if __name__ == "__main__":
    sys.exit(main())

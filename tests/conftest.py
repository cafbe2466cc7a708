"""Fixtures that more than one folder of tests shares."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.rigs.redis import RedisRig
    from tests.support.local_world import World

# Unless told otherwise Hypothesis fails an example over 200 ms, and a slow generator: comparisons of times.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A simulated world, run once: read it, never write to it."""
    from tests.support.local_world import make_world

    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisRig]:
    """A real Redis behind Upstash's REST API, for all tests of one process; keys of others may lie in it."""
    from infra.rigs.redis import shared_cache

    with shared_cache() as running:
        yield running


@pytest.fixture
def shared(redis: RedisRig) -> RedisRig:
    """The same, emptied."""
    redis.run("FLUSHALL")
    return redis


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 that is none of Amazon's."""
    from infra.rigs.aws_api import aws_api

    with aws_api() as url:
        yield url


def _program(name: str) -> str:
    """The path of a program of Debian's; without it CI fails, a laptop skips."""
    found = shutil.which(name)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{name} is missing: run infra/setup/services.sh first.")
    if found is None:
        pytest.skip(f"{name} is not installed (infra/setup/services.sh installs it).")
    return found


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus' own judge of metrics and rules."""
    return _program("promtool")


@pytest.fixture(scope="session")
def amtool() -> str:
    """Alertmanager's own judge of its configuration."""
    return _program("amtool")

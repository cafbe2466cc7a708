"""Fixtures that more than one folder of tests shares."""

from __future__ import annotations

import pytest

from tests.local_world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A simulated world, run once: read it, never write to it."""
    return make_world(tmp_path_factory.mktemp("world"))

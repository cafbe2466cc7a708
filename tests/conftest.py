"""Fixtures that more than one folder of tests shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.local_world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A simulated world, run once: read it, never write to it."""
    from tests.local_world import make_world

    return make_world(tmp_path_factory.mktemp("world"))

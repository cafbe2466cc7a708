"""Fixtures that more than one folder of tests shares."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.local_world import World

# Waiting threads of the tree libraries would spin, and several workers share few cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A simulated world, run once: read it, never write to it."""
    from tests.local_world import make_world  # loads the tree libraries, which read what is set above

    return make_world(tmp_path_factory.mktemp("world"))

"""Several processes at one registry: nothing is lost, torn or given twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from model_export.registry import Registry
from sabiscore.inference.loader import Loader
from tests.support.ensembles import SCHEMA, release

PROMOTE = """
import sys, pathlib
from model_export.registry import Registry
registry = Registry(pathlib.Path(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(20):
    registry.promote(sys.argv[3])
    registry.promote(sys.argv[4])
"""


def start(registry: Registry, *versions: str) -> subprocess.Popen[str]:
    """A process that promotes two versions in turn as soon as a line comes in."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-c", PROMOTE, str(registry.root), SCHEMA, *versions],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def let_go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry(tmp_path / "models", SCHEMA)
    for matches in range(3):
        registry.add(release(tmp_path, matches=matches))
    registry.promote("1.0.0")
    return registry


def test_two_processes_promoting_lose_no_move(registry: Registry) -> None:
    loader = Loader(registry.root, SCHEMA)
    with start(registry, "1.1.0", "1.0.0") as first, start(registry, "1.2.0", "1.0.0") as second:
        let_go(first, second)
        while first.poll() is None or second.poll() is None:
            assert loader.model().version in ("1.0.0", "1.1.0", "1.2.0")
            assert loader.degraded is None
    assert (first.returncode, second.returncode) == (0, 0)
    versions = [move.version for move in registry.history()]
    assert (versions.count("1.1.0"), versions.count("1.2.0")) == (20, 20)
    assert all(before != after for before, after in pairwise(versions))
    assert loader.model().version == registry.current() == versions[-1]


@pytest.mark.parametrize("moves_first", [1, 3, 7])
def test_a_killed_process_leaves_a_whole_pointer_and_no_lock(registry: Registry, moves_first: int) -> None:
    with start(registry, "1.1.0", "1.0.0") as process:
        let_go(process)
        while len(registry.history()) < 1 + moves_first:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    before = registry.history()
    registry.promote("1.2.0")
    assert registry.history()[:-1] == before
    assert Loader(registry.root, SCHEMA).model().version == "1.2.0"
    assert not list(registry.root.glob(".writing-*"))

"""Every example in a docstring runs and gives what it shows."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("layers/core/python/sabiscore", "functions", "model_export", "infra")


def _modules() -> list[str]:
    """Dotted names of our modules that hold an example."""
    found = []
    for package in (ROOT / name for name in PACKAGES):
        for path in sorted(package.rglob("*.py")):
            if "node_modules" not in path.parts and ">>> " in path.read_text(encoding="utf-8"):
                name = path.relative_to(package.parent).with_suffix("").as_posix().replace("/", ".")
                found.append(name.removesuffix(".__init__"))
    return found


@pytest.mark.parametrize("name", _modules())
def test_examples(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_there_are_examples() -> None:
    assert len(_modules()) > 5

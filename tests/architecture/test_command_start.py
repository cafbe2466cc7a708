"""The ``sabiscore`` command starts with little: what a command needs is imported when it runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "rich",
    "numpy",
    "sqlalchemy",
    "httpx",
    "onnxruntime",
    "starlette",
    "asyncio",
    "ssl",
    "sabiscore.publication",
)


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("ledger", "--help"), ("models", "--help")])
def test_a_command_starts_without_what_only_work_needs(words: tuple[str, ...]) -> None:
    started = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "infra.cli", *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    imported = {line.rsplit("|", 1)[-1].strip() for line in started.stderr.splitlines()}
    assert "infra.cli" in imported
    assert imported.isdisjoint(HEAVY)

"""Set-up takes the Python that is there, and says what is missing where nothing can be installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.project import ROOT

TOOLS = ("bash", "dirname", "grep", "rm", "env", "id", "cat")
PYTHON = """#!/bin/sh
case "$1" in
  -c) exec {real} -c "import sys; sys.version_info = (3, {minor}, 0); $2" ;;
  --version) echo "Python 3.{minor}.0" ;;
  *) exit 9 ;;
esac
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of the scripts, beside a folder ``bin`` of the only programs that they find."""
    shutil.copytree(ROOT / "infra" / "setup", tmp_path / "infra" / "setup")
    (tmp_path / "bin").mkdir()
    for name in TOOLS:
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def started(bare: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(bare / "infra" / "setup" / script), *arguments]
    return subprocess.run(
        command, env={"PATH": str(bare / "bin")}, capture_output=True, text=True, check=False, timeout=60
    )


def put_python(bare: Path, name: str, minor: int) -> None:
    path = bare / "bin" / name
    path.write_text(PYTHON.format(real=sys.executable, minor=minor))
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"python3.11": 11, "python3.13": 13}, "3.11.0"),
        ({"python3.12": 12, "python3.14": 14}, "3.12.0"),
        ({"python3.14": 14}, "3.14.0"),
        ({"python3.15": 15, "python3": 13}, "3.13.0"),
        ({"python3": 10, "python": 12}, "3.12.0"),
    ],
)
def test_whichever_supported_python_is_there_is_taken(bare: Path, there: dict[str, int], taken: str) -> None:
    for name, minor in there.items():
        put_python(bare, name, minor)
    done = started(bare, "python.sh", "run")
    assert f"Making .venv with Python {taken}" in done.stdout
    assert done.returncode == 9  # the stand-in makes no environment


@pytest.mark.parametrize("minor", [10, 15])
def test_another_python_is_refused_with_those_that_do(bare: Path, minor: int) -> None:
    put_python(bare, "python3", minor)
    done = started(bare, "python.sh", "run")
    assert done.returncode == 1
    assert "No Python from 3.11 to 3.14 was found" in done.stderr


def test_without_apt_every_missing_package_is_named_and_set_up_goes_on(bare: Path) -> None:
    done = started(bare, "services.sh")
    assert done.returncode == 0
    missing = [line for line in done.stderr.splitlines() if line.startswith("Please install")]
    assert [line.rsplit(" ", 1)[1] for line in missing if line.endswith(("redis-server", "wrk"))] == [
        "redis-server",
        "wrk",
    ]

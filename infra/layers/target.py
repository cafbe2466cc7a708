"""The machine that layers are built for, in one place; serverless.yml must name the same one.

Decision: docs/decisions/python-3-13-on-lambda.md.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sabiscore.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Target:
    """A Python version on an architecture, with the oldest glibc whose wheels are taken."""

    python: str
    architecture: str
    glibc: str = "2_28"

    @property
    def platform(self) -> str:
        """The platform as uv names it."""
        machine = {"arm64": "aarch64"}.get(self.architecture, self.architecture)
        return f"{machine}-manylinux_{self.glibc}"

    @property
    def runtime(self) -> str:
        """Lambda's name of the runtime."""
        return f"python{self.python}"


DEPLOYED = Target(python="3.13", architecture="x86_64")


def here() -> Target:
    """The target that this very process runs on."""
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return Target(f"{sys.version_info.major}.{sys.version_info.minor}", machine)


def interpreter(target: Target) -> Path | None:
    """A Python on this machine that runs what is built for ``target``; None when there is none."""
    if here().architecture != target.architecture or sys.platform != "linux":
        return None
    return next((path for path in _candidates(target) if _version(path) == target.python), None)


def needed_interpreter(target: Target) -> Path:
    """Like ``interpreter``, but raises Unavailable with what to install."""
    found = interpreter(target)
    if found is None:
        raise Unavailable(
            f"Building for {target.runtime} on {target.architecture} needs that Python on Linux.",
            hint=f"Install Python {target.python} (`uv python install {target.python}` brings one), "
            "or build for this machine only: python -m infra.layers build --here",
        )
    return found


def _candidates(target: Target) -> Iterator[Path]:
    if here().python == target.python:
        yield Path(sys.executable)
    if on_path := shutil.which(target.runtime):
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    uv_managed = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share")) / "uv/python"
    yield from sorted(pyenv.glob(f"versions/{target.python}.*/bin/python"), reverse=True)
    yield from sorted(uv_managed.glob(f"cpython-{target.python}.*/bin/python"), reverse=True)


def _version(path: Path) -> str | None:
    """ "3.13" for a Python 3.13; None for what does not start (as pyenv's shims may not)."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None

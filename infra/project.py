"""Where the project lies on this machine, and the outside tools it is built with."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sabiscore.errors import Unavailable

ROOT = Path(__file__).resolve().parent.parent
"""The folder of pyproject.toml."""

BUILD = ROOT / "build"
"""Everything that can be made again; never committed."""


def uv() -> str:
    """The path of uv: the one beside this Python (infra/requirements/uv.txt), or the one on PATH.

    Raises Unavailable when there is none.
    """
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise Unavailable(
            "uv is not installed.", hint="Run: pip install --require-hashes -r infra/requirements/uv.txt"
        )
    return found

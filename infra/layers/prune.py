"""What a layer does not need: found by reading what the request path imports, proved by importing.

Never pruned: ``*.dist-info`` (packages ask for their own version), ``numpy`` itself beyond what is
named here (it imports most of itself at start), licence texts, and any ``.py`` that could be reached.
"""

from __future__ import annotations

import shutil
from pathlib import Path

EVERYWHERE = (
    "**/__pycache__",
    "**/tests",
    "**/test",
    "**/docs",
    "**/include",
    "**/*.pyi",
    "**/*.pxd",
    "**/*.h",
    "**/*.a",
    "bin",
    ".lock",
)

BY_PACKAGE = {
    "numpy": ("f2py", "_pyinstaller", "_core/_multiarray_tests*.so", "_core/*_tests*.so", "random/_examples"),
    "onnxruntime": (
        "backend",
        "datasets",
        "quantization",
        "tools",
        "transformers",
        "capi/libonnxruntime.so*",  # for C programs; the Python binding holds the whole runtime itself
        "capi/onnxruntime_validation_training.py",
        "capi/training",
    ),
    "alembic": ("testing", "templates"),
    "sentry_sdk": ("integrations/[!_d]*", "integrations/d[!e]*"),  # none is turned on
    "sqlalchemy": ("testing", "dialects/mssql", "dialects/mysql", "dialects/oracle"),
}
"""Package → what is left out of its folder, as globs."""


def prune(folder: Path) -> int:
    """Remove from the installed packages in ``folder`` what is never imported; bytes removed."""
    before = size(folder)
    for pattern in EVERYWHERE:
        _remove(folder, pattern)
    for package, patterns in BY_PACKAGE.items():
        for pattern in patterns:
            _remove(folder / package, pattern)
    return before - size(folder)


def size(folder: Path) -> int:
    """Bytes of all files under ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _remove(folder: Path, pattern: str) -> None:
    for path in sorted(folder.glob(pattern)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

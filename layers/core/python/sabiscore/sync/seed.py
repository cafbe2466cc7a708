"""A home that begins as a copy of what came with the deployment, until the bucket has newer."""

from __future__ import annotations

import shutil
from pathlib import Path

from sabiscore.files import write_atomically
from sabiscore.sync.contents import COMING, PRODUCTION


def copy_seed(seed: Path, data_dir: Path) -> bool:
    """Whether ``home`` was begun from ``seed``: only where nothing is published in it, pointers last."""
    pointers = [data_dir / path for path in (PRODUCTION, COMING)]
    if any(path.exists() for path in pointers) or not (seed / COMING).exists():
        return False
    later = shutil.ignore_patterns(*(path.name for path in pointers))
    for folder in ("models", "publication"):
        # Several processes may begin at once: each writes the same bytes.
        shutil.copytree(
            seed / folder, data_dir / folder, ignore=later, dirs_exist_ok=True, copy_function=_copy
        )
    for path in (PRODUCTION, COMING):
        write_atomically(data_dir / path, (seed / path).read_bytes())
    return True


def _copy(here: str, there: str) -> str:
    """Bytes only: what a layer holds may be read only, and a data folder's files must not be."""
    write_atomically(Path(there), Path(here).read_bytes())
    return there

"""Zip files that come out the same, byte for byte, wherever and whenever they are made."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

WRITTEN_AT = (1980, 1, 1, 0, 0, 0)
"""The earliest instant a zip file can name; every entry has it."""


def pack(folder: Path, archive: Path) -> int:
    """Put everything in ``folder`` into ``archive``, in order of names; bytes of the archive."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    unfinished = archive.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), WRITTEN_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the mode bits below mean what they say
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            target.writestr(entry, path.read_bytes())
    unfinished.replace(archive)
    return archive.stat().st_size

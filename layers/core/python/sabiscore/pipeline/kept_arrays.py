"""Arrays that a later process goes on from, in a file that is read whole and unaltered or not at all.

They only save work: whoever finds none computes them again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BufferedRandom, BufferedReader
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from sabiscore.files import replacing

DIGEST_BYTES = 32
"""Of the SHA-256 of what follows it in the file."""
_NOTES = "notes"


@dataclass(frozen=True, slots=True)
class KeptArrays:
    """Arrays by name, and what else was noted beside them."""

    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


def keep_arrays(path: Path, kept: KeptArrays) -> None:
    """``kept`` is what ``kept_arrays`` finds at ``path``. Raises DiskUnavailable."""
    notes = np.frombuffer(json.dumps(kept.notes).encode(), np.uint8)
    with replacing(path) as part, part.open("w+b") as file:
        file.write(bytes(DIGEST_BYTES))
        np.savez(file, allow_pickle=False, **{_NOTES: notes}, **kept.arrays)
        digest = _digest(file)
        file.seek(0)
        file.write(digest)


def kept_arrays(path: Path) -> KeptArrays | None:
    """What was kept at ``path``; None where nothing is, or it is not what was kept."""
    try:
        with path.open("rb") as file:
            if file.read(DIGEST_BYTES) != _digest(file):
                return None
            file.seek(DIGEST_BYTES)
            with np.load(file, allow_pickle=False) as found:
                arrays = {name: found[name] for name in found.files}
        return KeptArrays(arrays, json.loads(arrays.pop(_NOTES).tobytes()))
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _digest(file: BufferedReader | BufferedRandom) -> bytes:
    """Of all that follows the place of the digest."""
    file.seek(DIGEST_BYTES)
    return hashlib.file_digest(file, "sha256").digest()

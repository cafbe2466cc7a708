"""What names the first rows of a table to which rows are added: the same rows, the same name.

What was computed of them once is gone on with, in whichever process, while they are what they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt


def prefix_digests(way: str, rows: npt.NDArray[Any], ends: Iterable[int]) -> dict[int, str]:
    """By each of ``ends``, ascending, the SHA-256 of ``way`` and of so many first ``rows`` [n] or [n, k].

    ``way`` says how something is computed of them: with another one it would be another thing.
    """
    data = memoryview(np.ascontiguousarray(rows, "<f8").tobytes())
    a_row = len(data) // len(rows) if len(rows) else 0
    running, before = sha256(way.encode()), 0
    digests = {}
    for end in ends:
        running.update(data[before * a_row : end * a_row])
        digests[end], before = running.hexdigest(), end
    return digests

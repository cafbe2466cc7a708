"""Memory that a schedule took and does not need any more, given back to the machine."""

from __future__ import annotations

import ctypes
import gc
from functools import cache


def give_back() -> None:
    """Frees what nothing refers to, and the pages that hold nothing.

    glibc keeps freed pages between blocks that are in use: what serves beside the schedules would grow with
    the largest moment of each run. Where the C library has no such call there is nothing to do.
    """
    gc.collect()
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None)

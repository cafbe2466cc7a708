"""What a process holds, as Linux tells it in /proc: memory, descriptors, threads; and how that grew."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

PROC = Path("/proc")
QUARTER = 4


@dataclass(frozen=True, slots=True)
class MemorySample:
    """The megabytes that something held ``at_s`` seconds after the first look."""

    at_s: float
    mb: float


@dataclass(frozen=True, slots=True)
class ProcessSample(MemorySample):
    """One look at a process: resident memory, descriptors, threads."""

    descriptors: int
    threads: int


def sample(pid: int, at_s: float) -> ProcessSample:
    """What process ``pid`` holds now. Raises OSError when there is none."""
    status = (PROC / str(pid) / "status").read_text(encoding="utf-8")
    rss, threads = (
        int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1])  # type: ignore[index]  # every live process has both
        for name in ("VmRSS", "Threads")
    )
    return ProcessSample(at_s, rss / 1024, len(list((PROC / str(pid) / "fd").iterdir())), threads)


def family(pid: int) -> Iterator[tuple[str, int]]:
    """(name, id) of process ``pid`` and of every process that it or its children started."""
    yield (PROC / str(pid) / "comm").read_text(encoding="utf-8").strip(), pid
    for task in (PROC / str(pid) / "task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from family(int(child))


def processor_s(pid: int, name: str) -> float:
    """Seconds of processor time that processes called ``name`` used, of process ``pid`` and those below it.

    Raises OSError when there is no process ``pid``.
    """
    ticks = sum(_ticks(found) for called, found in family(pid) if called == name)
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    """User and system time; the name before them is in brackets and may hold spaces."""
    fields = (PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def growth_mb(samples: Sequence[MemorySample], per_s: float) -> float:
    """How much memory grew in ``per_s`` seconds: the Theil-Sen slope, which a few jumps do not move.

    Source: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau" (1968).

    >>> steady = [MemorySample(s, 100 + s / 60) for s in range(0, 600, 60)]
    >>> growth_mb([*steady, MemorySample(600, 400)], 600)
    10.0
    """
    slopes = [(b.mb - a.mb) / (b.at_s - a.at_s) for a, b in combinations(samples, 2)]
    return round(median(slopes) * per_s, 6)


def risen(counts: Sequence[int]) -> int:
    """By how much the least count of the last quarter exceeds that of the first: what is never given back.

    >>> risen([20, 28, 21, 25, 20, 30, 24, 20]), risen([20, 28, 21, 25, 22, 30, 24, 23])
    (0, 3)
    """
    part = max(1, len(counts) // QUARTER)
    return min(counts[-part:]) - min(counts[:part])


def peak_mib() -> float:
    """The most memory that this process has ever had resident.

    Not getrusage's figure, which a process takes over from the one that started it.
    """
    (peak,) = re.findall(r"VmHWM:\s+(\d+)", (PROC / "self" / "status").read_text(encoding="utf-8"))
    return int(peak) / 1024

"""Running means of values to which more are added: those of values that are as they were are kept.

A mean is that of all values before its end, summed as numpy sums them at once, so that it has the very digits
that it has when it is computed alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats
from sabiscore.learning.prefix_digests import prefix_digests

Ends = npt.NDArray[np.int64]

NEWEST_MARKS, OLDER_MARK_EVERY = 8, 64
"""Which means are marked with what they are of: the newest, and some older ones for when a result is late."""
_WAY = repr(np.__version__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptMeans:
    """``means`` [n] of the values before each of ``ends`` [n], ascending.

    ``marks`` names, by how many means, the values that these are of.
    """

    ends: Ends
    means: Floats
    marks: Mapping[int, str]


class PrefixMeans:
    """Running means by name, each going on from those kept under it: ``kept`` are those of an earlier one."""

    def __init__(self, kept: Mapping[str, KeptMeans] | None = None) -> None:
        self._kept = dict(kept or {})
        self._asked: dict[str, KeptMeans] = {}

    @property
    def kept(self) -> Mapping[str, KeptMeans]:
        """What is worth keeping of the names that were asked for."""
        return self._asked

    def of(self, name: str, values: Floats, ends: Ends) -> Floats:
        """float64 [len(ends)]: the mean of ``values`` before each of ``ends``, which ascend from 1 on."""
        known = self._known(name, values, ends)
        fresh = [values[:end].mean() for end in ends[len(known) :]]
        means = np.concatenate((known, np.array(fresh, float)))
        counts = [n for n in range(1, len(ends) + 1) if _is_marked(n, len(ends))]
        digests = prefix_digests(_WAY, values, [int(ends[n - 1]) for n in counts])
        marks = {n: digests[int(ends[n - 1])] for n in counts}
        self._asked[name] = KeptMeans(ends=ends, means=means, marks=marks)
        return means

    def _known(self, name: str, values: Floats, ends: Ends) -> Floats:
        """The means of the longest beginning that is as it was."""
        kept = self._kept.get(name)
        if kept is None:
            return np.empty(0)
        counts = [n for n in sorted(kept.marks) if n <= len(ends) and kept.ends[n - 1] <= len(values)]
        digests = prefix_digests(_WAY, values, [int(kept.ends[n - 1]) for n in counts])
        for n in reversed(counts):
            is_same = digests[int(kept.ends[n - 1])] == kept.marks[n]
            if is_same and np.array_equal(kept.ends[:n], ends[:n]):
                return kept.means[:n]
        return np.empty(0)


def _is_marked(count: int, of_all: int) -> bool:
    return of_all - count < NEWEST_MARKS or count % OLDER_MARK_EVERY == 0

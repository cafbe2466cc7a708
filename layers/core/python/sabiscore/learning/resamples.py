"""Bootstrap intervals of values to which more are added: blocks that are as they were are not drawn anew.

A resample's sum over the first blocks of values is kept by name. Where those values are still the same, the
sum goes on from there, with the very numbers that summing from the first block gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sabiscore.history import Floats
from sabiscore.learning import metrics
from sabiscore.learning.prefix_digests import prefix_digests

NEWEST_KEPT, OLDER_KEPT_EVERY = 2, 16
"""Which sums are worth keeping, in blocks: the newest, and a few older ones for when a result is late."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockSums:
    """The sum of each resample over the first ``blocks`` blocks, and how many values it counts [RESAMPLES].

    ``digest`` names those values and the way of drawing.
    """

    blocks: int
    digest: str
    sums: Floats
    counts: Floats


class Resamples:
    """Intervals by name, each going on from the sums kept under it: ``kept`` are those of an earlier one."""

    def __init__(self, kept: Mapping[str, Sequence[BlockSums]] | None = None) -> None:
        self._kept = {name: tuple(sums) for name, sums in (kept or {}).items()}
        self._asked: dict[str, tuple[BlockSums, ...]] = {}

    @property
    def kept(self) -> Mapping[str, Sequence[BlockSums]]:
        """What is worth keeping of the names that were asked for."""
        return self._asked

    def interval(self, name: str, values: Floats, seed: int) -> tuple[float, float]:
        """What ``metrics.interval`` gives of ``values`` [n], at least one and none of them NaN."""
        whole = len(values) // metrics.BLOCK
        digests = _digests(values, seed)
        at = self._usable(name, digests)
        last = at[-1] if at else None
        sums, counts = (last.sums.copy(), last.counts.copy()) if last else np.zeros((2, metrics.RESAMPLES, 1))
        found = list(at)
        for block in range(last.blocks if last else 0, whole):
            metrics.add_block(sums, counts, values[:, None], seed=seed, block=block)
            if _is_kept(block + 1, whole):
                digest = digests[block + 1]
                made = BlockSums(blocks=block + 1, digest=digest, sums=sums.copy(), counts=counts.copy())
                found.append(made)
        self._asked[name] = tuple(each for each in found if _is_kept(each.blocks, whole))
        if len(values) > whole * metrics.BLOCK:
            metrics.add_block(sums, counts, values[:, None], seed=seed, block=whole)
        return metrics.quantiles(metrics.means_of(sums, counts)[:, 0])

    def _usable(self, name: str, digests: Sequence[str]) -> list[BlockSums]:
        """The kept sums of which every value is as it was, by blocks."""
        by_blocks = dict(enumerate(digests))
        same = [each for each in self._kept.get(name, ()) if each.digest == by_blocks.get(each.blocks)]
        return sorted(same, key=lambda each: each.blocks)


def _is_kept(blocks: int, whole: int) -> bool:
    return whole - blocks < NEWEST_KEPT or blocks % OLDER_KEPT_EVERY == 0


def _digests(values: Floats, seed: int) -> list[str]:
    """By number of whole blocks, what names their values and the way of drawing."""
    way = repr((seed, metrics.BLOCK, metrics.RESAMPLES, np.__version__))
    whole = len(values) // metrics.BLOCK
    ends = range(0, whole * metrics.BLOCK + 1, metrics.BLOCK)
    return list(prefix_digests(way, values, ends).values())

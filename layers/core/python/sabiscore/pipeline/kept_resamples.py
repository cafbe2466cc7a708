"""The resamples that a later process goes on from, in a file of the data folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sabiscore.learning.resamples import BlockSums, Resamples
from sabiscore.pipeline.kept_arrays import KeptArrays, keep_arrays, kept_arrays

RESAMPLES_FILE = "resamples.npz"


def resamples_in(folder: Path) -> Resamples:
    """Resamples that go on from those kept in ``folder``, if any."""
    found = kept_arrays(folder / RESAMPLES_FILE)
    kept: dict[str, list[BlockSums]] = {}
    if found is not None:
        every = zip(found.notes["rows"], found.arrays["sums"], found.arrays["counts"], strict=True)
        for (name, blocks, digest), sums, counts in every:
            made = BlockSums(blocks=blocks, digest=digest, sums=sums[:, None], counts=counts[:, None])
            kept.setdefault(name, []).append(made)
    return Resamples(kept)


def keep_resamples(folder: Path, resamples: Resamples) -> None:
    """``resamples`` are what ``resamples_in`` goes on from. Raises DiskUnavailable."""
    every = [(name, sums) for name, of_name in resamples.kept.items() for sums in of_name]
    if not every:
        return
    arrays = {
        "sums": np.stack([sums.sums[:, 0] for _, sums in every]),
        "counts": np.stack([sums.counts[:, 0] for _, sums in every]),
    }
    rows = [[name, sums.blocks, sums.digest] for name, sums in every]
    keep_arrays(folder / RESAMPLES_FILE, KeptArrays(arrays, {"rows": rows}))

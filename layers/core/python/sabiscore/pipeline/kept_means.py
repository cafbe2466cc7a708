"""The running means that a later process goes on from, in a file of the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy.typing as npt

from sabiscore.learning.prefix_means import KeptMeans, PrefixMeans
from sabiscore.pipeline.kept_arrays import KeptArrays, keep_arrays, kept_arrays

MEANS_FILE = "means.npz"


def means_in(folder: Path) -> PrefixMeans:
    """Means that go on from those kept in ``folder``, if any."""
    found = kept_arrays(folder / MEANS_FILE)
    if found is None:
        return PrefixMeans()
    return PrefixMeans(
        {
            name: KeptMeans(
                ends=found.arrays[f"ends-{name}"],
                means=found.arrays[f"means-{name}"],
                marks={int(count): digest for count, digest in marks.items()},
            )
            for name, marks in found.notes.items()
        }
    )


def keep_means(folder: Path, means: PrefixMeans) -> None:
    """``means`` are what ``means_in`` goes on from. Raises DiskUnavailable."""
    if not means.kept:
        return
    arrays: dict[str, npt.NDArray[Any]] = {f"ends-{name}": kept.ends for name, kept in means.kept.items()}
    arrays |= {f"means-{name}": kept.means for name, kept in means.kept.items()}
    marks = {name: dict(kept.marks) for name, kept in means.kept.items()}
    keep_arrays(folder / MEANS_FILE, KeptArrays(arrays, marks))

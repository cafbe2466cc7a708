"""Whether what is foretold looks like what a bundle was judged on; it tells, and takes nothing back."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from sabiscore.errors import BadBundle
from sabiscore.features.vector import FEATURES, NAMES
from sabiscore.inference.bundle import read_vouched
from sabiscore.inference.manifest import POPULATION
from sabiscore.insights.track_record import FeatureShift, PopulationShift
from sabiscore.jobs.context import JobContext
from sabiscore.learning.feature_drift import (
    BINS,
    SHIFTED,
    FeatureDistribution,
    FeatureDrift,
    feature_drift,
    from_array,
)
from sabiscore.store.ledger import Beside

WINDOW = 760
"""Seals that are looked at, the newest whole days of them: two a match, as many matches as drift's."""
LEAST = 400
"""Of fewer, chance alone moves a feature too far to tell."""
GROUPS = tuple(feature.group for feature in FEATURES)


def count_beside(desk: JobContext, version: str, vectors: Mapping[str, bytes], at: datetime) -> Beside | None:
    """Counts ``vectors`` (by match, float32 [F] as bytes) as they are sealed.

    None where bundle ``version`` keeps no account of its own: sealing never waits for counting.
    """
    try:
        then = population_of(desk, version)
    except BadBundle:  # told by ``shifted``
        return None
    if then is None:
        return None
    rows = np.stack([np.frombuffer(vector, np.float32) for vector in vectors.values()])
    places = {key: row.tobytes() for key, row in zip(vectors, then.places(rows), strict=True)}
    return desk.populations.counting(places, BINS, at)


def population_of(desk: JobContext, version: str) -> FeatureDistribution | None:
    """What bundle ``version`` was judged on; None for one from before bundles said so. Raises BadBundle."""
    file = desk.models / version / POPULATION
    try:
        written = file.stat().st_mtime_ns
    except OSError:
        written = None
    return _read(file, written)


@lru_cache(maxsize=4)
def _read(file: Path, written: int | None) -> FeatureDistribution | None:  # noqa: ARG001
    """What ``file`` holds as it was ``written``: bundles never change, and every run asks."""
    version = file.parent.name
    content = read_vouched(file.parent, POPULATION)
    if content is None:
        return None
    try:
        found = from_array(np.load(io.BytesIO(content), allow_pickle=False))
    except (ValueError, EOFError, OSError) as error:
        raise BadBundle(f"The population of bundle {version} cannot be read.") from error
    if len(found.edges) != len(NAMES):
        raise BadBundle(f"The population of bundle {version} is of other features.")
    return found


def shifted(desk: JobContext, version: str) -> tuple[PopulationShift, tuple[str, ...]]:
    """How far the newest sealed vectors of bundle ``version`` moved, and what a person should look at."""
    try:
        then = population_of(desk, version)
    except BadBundle as error:
        return _unknown(version, 0, str(error)), (str(error),)
    if then is None:
        return _unknown(version, 0, "The bundle is from before bundles said what they were judged on."), ()
    found = desk.populations.newest(version, WINDOW)
    seals = found.seals if found else 0
    if found is None or seals < LEAST:
        return _unknown(version, seals, f"Only {seals} predictions are sealed; it takes {LEAST}."), ()
    moved = feature_drift(then, np.reshape(found.counts, (len(NAMES), BINS)), NAMES, GROUPS)
    view = _view(version, seals, moved)
    return view, (f"Bundle {version}: {view.because}",) if moved.shifted else ()


def _view(version: str, seals: int, moved: FeatureDrift) -> PopulationShift:
    named = ", ".join(f"{group} by {moved.by_group[group]:.2f}" for group in moved.shifted)
    because = (
        f"What is foretold is not what the model was judged on: {named} (a large shift is over {SHIFTED})."
        if moved.shifted
        else f"What is foretold looks like what the model was judged on ({seals} seals)."
    )
    return PopulationShift(
        bundle=version,
        n=seals,
        index=moved.index,
        by_group=dict(moved.by_group),
        largest=tuple(FeatureShift(feature=name, index=index) for name, index in moved.largest),
        beyond=moved.beyond,
        shifted=bool(moved.shifted),
        because=because,
    )


def _unknown(version: str, seals: int, why: str) -> PopulationShift:
    return PopulationShift(
        bundle=version,
        n=seals,
        index=None,
        by_group={},
        largest=(),
        beyond=None,
        shifted=False,
        because=why,
    )

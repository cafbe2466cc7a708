"""Drift of the features: the vectors of sealed predictions against those a bundle was evaluated on.

It is reported only; a shift never rolls a bundle back.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from sabiscore.errors import BadBundle
from sabiscore.features.vector import FEATURES, NAMES
from sabiscore.inference.bundle import read_verified
from sabiscore.inference.manifest import POPULATION
from sabiscore.insights.track_record import FeatureAbsence, FeatureShift, PopulationShift
from sabiscore.learning.feature_drift import (
    DRIFT_BINS,
    SHIFTED,
    FeatureDistribution,
    FeatureDrift,
    feature_drift,
    from_array,
)
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.ledger import Beside

FEATURE_WINDOW = 760
"""Seals that are compared, in whole days, the newest: two a match, for the 380 matches of learning.drift."""
LEAST_PREDICTIONS = 400
"""With fewer seals, chance alone moves a feature past the threshold."""
GROUP_OF_FEATURE = tuple(feature.group for feature in FEATURES)


def count_beside(
    version: str,
    vectors: Mapping[str, bytes],
    at: datetime,
    *,
    models: Path,
    feature_counts: FeatureCountStore,
) -> Beside | None:
    """Counts ``vectors`` (by match, float32 [F] as bytes) in the transaction that seals them.

    None where bundle ``version`` has no readable reference distribution: sealing never depends on counting,
    and ``measure_shift`` reports why.
    """
    try:
        reference = reference_of(models, version)
    except BadBundle:
        return None
    if reference is None:
        return None
    rows = np.stack([np.frombuffer(vector, np.float32) for vector in vectors.values()])
    bins = {key: row.tobytes() for key, row in zip(vectors, reference.places(rows), strict=True)}
    return feature_counts.counting(bins, DRIFT_BINS, at)


def reference_of(models: Path, version: str) -> FeatureDistribution | None:
    """The distribution of features that bundle ``version`` was evaluated on.

    None for a bundle from before bundles held one. Raises BadBundle where it was altered.
    """
    file = models / version / POPULATION
    try:
        written = file.stat().st_mtime_ns
    except OSError:
        written = None
    return _read(file, written)


@lru_cache(maxsize=4)
def _read(file: Path, written: int | None) -> FeatureDistribution | None:  # noqa: ARG001
    """The content of ``file`` as it was ``written``; bundles never change, and every run asks."""
    version = file.parent.name
    content = read_verified(file.parent, POPULATION)
    if content is None:
        return None
    try:
        reference = from_array(np.load(io.BytesIO(content), allow_pickle=False))
    except (ValueError, EOFError, OSError) as error:
        raise BadBundle(f"The population of bundle {version} cannot be read.") from error
    if len(reference.edges) != len(NAMES):
        raise BadBundle(f"The population of bundle {version} is of other features.")
    return reference


def measure_shift(
    version: str, models: Path, feature_counts: FeatureCountStore
) -> tuple[PopulationShift, tuple[str, ...]]:
    """How far the newest sealed vectors of bundle ``version`` moved from its reference, and problems."""
    try:
        reference = reference_of(models, version)
    except BadBundle as error:
        return _unknown(version, 0, str(error)), (str(error),)
    if reference is None:
        return _unknown(version, 0, "The bundle was made before bundles held a reference distribution."), ()
    newest = feature_counts.newest(version, FEATURE_WINDOW)
    seals = newest.seals if newest else 0
    if newest is None or seals < LEAST_PREDICTIONS:
        return _unknown(
            version, seals, f"Only {seals} predictions are sealed; it takes {LEAST_PREDICTIONS}."
        ), ()
    moved = feature_drift(
        reference, np.reshape(newest.counts, (len(NAMES), DRIFT_BINS)), NAMES, GROUP_OF_FEATURE
    )
    view = _view(version, seals, moved)
    return view, (f"Bundle {version}: {view.because}",) if moved.shifted else ()


def _view(version: str, seals: int, moved: FeatureDrift) -> PopulationShift:
    named = ", ".join(f"{group} by {moved.by_group[group]:.2f}" for group in moved.shifted)
    if moved.index is None:
        return _unknown(version, seals, "Too few values are present to compare them.").model_copy(
            update={"absent": _absent(moved), "absence": _in_words(_absent(moved))}
        )
    because = (
        f"The matches predicted differ from those the model was evaluated on: {named} "
        f"(a large shift is over {SHIFTED})."
        if moved.shifted
        else f"The matches predicted look like those the model was evaluated on ({seals} seals)."
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
        absent=_absent(moved),
        absence=_in_words(_absent(moved)),
    )


def _absent(moved: FeatureDrift) -> tuple[FeatureAbsence, ...]:
    """The groups of features of which more is missing than when the bundle was evaluated."""
    return tuple(
        FeatureAbsence(group=group, missing=absence.missing, expected=absence.expected)
        for group, absence in moved.absence.items()
        if absence.is_new
    )


def _in_words(absent: Sequence[FeatureAbsence]) -> str | None:
    if not absent:
        return None
    shares = ", ".join(f"{each.group} {each.missing:.0%} ({each.expected:.0%} then)" for each in absent)
    return f"More values are missing than when the model was evaluated: {shares}."


def _unknown(version: str, seals: int, reason: str) -> PopulationShift:
    return PopulationShift(
        bundle=version,
        n=seals,
        index=None,
        by_group={},
        largest=(),
        beyond=None,
        shifted=False,
        because=reason,
    )

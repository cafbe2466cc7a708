"""Population shift: whether the vectors predicted on look like those a bundle was evaluated on.

Only counts are kept of what is predicted, never a vector: how many fell between which of the bundle's
quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats

Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.uint8]

QUANTILES = 10
DRIFT_BINS = QUANTILES + 1
"""The last bin is of the missing values."""
MOVED, SHIFTED = 0.1, 0.25
"""From here on a population stability index is called a moderate, and a large shift (Siddiqi 2006)."""
STEADY = ("ratings", "form", "momentum", "market_past", "market_now", "panic")
"""Groups of features whose median index stayed below SHIFTED (.244 at most, of ``panic``) in each of 109
windows of 380 matches of sound seasons, 2018/19 to 2024/25, against the three seasons before. The others
move with the calendar by themselves: a table of August is not one of May."""
LARGEST = 5
_EMPTY = 1e-4
"""Stands for a bin that nobody is in, whose logarithm would be infinite."""


@dataclass(frozen=True, slots=True)
class FeatureDistribution:
    """How F features are spread: ``edges`` float32 [F, 9] between ten quantiles, ``shares`` [F, 11]."""

    edges: npt.NDArray[np.float32]
    shares: Floats

    def places(self, vectors: npt.NDArray[np.float32]) -> Places:
        """uint8 [n, F]: the bin that each value of ``vectors`` [n, F] falls into."""
        found = np.empty(vectors.shape, np.uint8)
        for feature, column in enumerate(vectors.T):
            found[:, feature] = np.searchsorted(self.edges[feature], column, side="right")
        found[np.isnan(vectors)] = QUANTILES
        return found

    def as_array(self) -> npt.NDArray[np.float32]:
        """float32 [F, 20]: edges beside shares, as a bundle keeps them."""
        return np.hstack([self.edges, self.shares]).astype(np.float32)


def feature_distribution(vectors: npt.NDArray[np.float32]) -> FeatureDistribution:
    """The spread of ``vectors`` [n, F], NaN where a feature is missing."""
    steps = np.linspace(0, 1, QUANTILES + 1)[1:-1]
    edges = np.full((vectors.shape[1], QUANTILES - 1), np.nan, np.float32)
    for feature, column in enumerate(vectors.T.astype(np.float64)):
        known = column[~np.isnan(column)]
        if len(known):
            edges[feature] = np.quantile(known, steps)
    unknown = FeatureDistribution(edges, np.empty((len(edges), 0)))
    return FeatureDistribution(edges, shares(counted(unknown.places(vectors))))


def from_array(array: npt.NDArray[np.float32]) -> FeatureDistribution:
    """The population that ``as_array`` gave; raises ValueError for anything else.

    ``array`` float32 [F, 20]: nine edges, then eleven shares of each feature.
    """
    if array.dtype != np.float32 or array.ndim != 2 or array.shape[1] != QUANTILES - 1 + DRIFT_BINS:
        raise ValueError(f"not a population: {array.dtype} {array.shape}")
    fractions = array[:, QUANTILES - 1 :].astype(np.float64)
    if not np.allclose(fractions.sum(axis=1), 1.0, atol=1e-5) or (fractions < 0).any():
        raise ValueError("not a population: its shares do not sum to 1")
    return FeatureDistribution(np.ascontiguousarray(array[:, : QUANTILES - 1]), fractions)


def counted(places: Places) -> Counts:
    """int64 [F, 11]: how many of ``places`` [n, F] are in each bin."""
    return np.stack([np.bincount(column, minlength=DRIFT_BINS) for column in places.T]).astype(np.int64)


def shares(counts: Counts) -> Floats:
    """float64 [F, 11]: the share of each bin; all 0 where nothing was counted."""
    fractions: Floats = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    return fractions


def population_stability_index(now: Floats, then: Floats) -> Floats:
    """float64 [F]: the population stability index of each feature between two sets of shares [F, bins].

    ``Σ (now − then) · ln(now / then)`` over the bins, missing values being one of their own (Siddiqi,
    Credit Risk Scorecards, 2006; it is Jeffreys' divergence of 1946). 0 for equal shares, never below, and
    the same both ways. From n vectors chance alone gives about ``(bins − 1) / n``.

    >>> half, third = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
    >>> [round(float(population_stability_index(half, other)[0]), 3) for other in (third, half)]
    [0.275, 0.0]
    """
    current, other = now + _EMPTY, then + _EMPTY
    index: Floats = np.sum((current - other) * np.log(current / other), axis=1)
    return index


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """How far features moved: the median index of all, of each group, and the ``largest`` by name.

    ``beyond`` counts the features past SHIFTED. ``shifted`` are the steady groups whose median is.
    """

    index: float
    by_group: Mapping[str, float]
    largest: tuple[tuple[str, float], ...]
    beyond: int
    shifted: tuple[str, ...]


def feature_drift(
    then: FeatureDistribution, counts: Counts, names: Sequence[str], groups: Sequence[str]
) -> FeatureDrift:
    """How far ``counts`` [F, 11] moved from ``then``; features are called ``names`` and are of ``groups``.

    Medians: one book that closes down moves its own two columns past all bounds, and nothing else.
    """
    moved = population_stability_index(shares(counts), then.shares)
    of = np.array(groups)
    by_group = {group: float(np.median(moved[of == group])) for group in dict.fromkeys(groups)}
    first = np.argsort(-moved, kind="stable")[:LARGEST]
    return FeatureDrift(
        index=float(np.median(moved)),
        by_group=by_group,
        largest=tuple((names[k], float(moved[k])) for k in first),
        beyond=int((moved > SHIFTED).sum()),
        shifted=tuple(group for group, index in by_group.items() if group in STEADY and index > SHIFTED),
    )

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
"""The last bin is of the missing values, which are counted and no part of the index."""
MOVED, SHIFTED = 0.1, 0.25
"""From here on a population stability index is called a moderate, and a large shift (Siddiqi 2006)."""
STEADY = ("ratings", "form", "momentum", "head_to_head", "market_past", "market_now", "panic")
"""Groups of features whose median index within what is present stayed below SHIFTED (.244 at most, of
``panic``; .158 of ``market_now``) in each of 109 windows of 380 matches, 95 apart, of sound seasons of the
big five, 2018/19 to 2024/25, against the three seasons before. The others move with the calendar by
themselves: a table of August is not one of May."""
LARGEST = 5
LEAST_PRESENT = 100
"""With fewer values of a feature, chance alone (9 / n) comes near to MOVED, and the feature is not judged."""
ABSENT = 0.1
"""From so much more of its values missing on, a group of features is said to be absent."""
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

    ``Σ (now − then) · ln(now / then)`` over the bins (Siddiqi, Credit Risk Scorecards, 2006; it is
    Jeffreys' divergence of 1946). 0 for equal shares, never below, and the same both ways.
    From n vectors chance alone gives about ``(bins − 1) / n``.

    >>> half, third = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
    >>> [round(float(population_stability_index(half, other)[0]), 3) for other in (third, half)]
    [0.275, 0.0]
    """
    current, other = now + _EMPTY, then + _EMPTY
    index: Floats = np.sum((current - other) * np.log(current / other), axis=1)
    return index


def present_index(counts: Counts, then: Floats) -> Floats:
    """float64 [F]: the index of each feature within the values present, now (``counts``) and ``then``.

    Both are [F, 11]; the bin of missing values is left out, and shares are taken of the others. A source
    that stops moves nothing by that. NaN where fewer than LEAST_PRESENT values are present now, or none was
    then.
    """
    now, before = counts[:, :QUANTILES], then[:, :QUANTILES]
    known = before.sum(axis=1, keepdims=True)
    index = population_stability_index(shares(now), before / np.where(known > 0, known, 1.0))
    index[(now.sum(axis=1) < LEAST_PRESENT) | (known[:, 0] <= 0)] = np.nan
    return index


@dataclass(frozen=True, slots=True)
class Absence:
    """The share of a group's values that is ``missing`` now, and that was ``expected`` to be."""

    missing: float
    expected: float

    @property
    def is_new(self) -> bool:
        """Whether at least ABSENT more is missing than when the bundle was evaluated."""
        return self.missing - self.expected >= ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """How far features moved within what is present: the median index of all, of each group, and the
    ``largest`` by name.

    Of a group that nothing can be said of there is none, and ``index`` is None where that holds for all.
    ``beyond`` counts the features past SHIFTED. ``shifted`` are the steady groups whose median is. What is
    missing is no drift: it stands in ``absence``, by group.
    """

    index: float | None
    by_group: Mapping[str, float]
    largest: tuple[tuple[str, float], ...]
    beyond: int
    shifted: tuple[str, ...]
    absence: Mapping[str, Absence]


def feature_drift(
    then: FeatureDistribution, counts: Counts, names: Sequence[str], groups: Sequence[str]
) -> FeatureDrift:
    """How far ``counts`` [F, 11] moved from ``then``; features are called ``names`` and are of ``groups``.

    Medians: a book that prices otherwise moves its own columns past all bounds, and nothing else.
    """
    moved = present_index(counts, then.shares)
    known, of = ~np.isnan(moved), np.array(groups)
    by_group = {
        group: float(np.median(moved[known & (of == group)]))
        for group in dict.fromkeys(groups)
        if (known & (of == group)).any()
    }
    first = np.argsort(-moved, kind="stable")[: min(LARGEST, int(known.sum()))]  # NaN comes last
    return FeatureDrift(
        index=float(np.median(moved[known])) if known.any() else None,
        by_group=by_group,
        largest=tuple((names[k], float(moved[k])) for k in first),
        beyond=int((moved[known] > SHIFTED).sum()),
        shifted=tuple(group for group, index in by_group.items() if group in STEADY and index > SHIFTED),
        absence=_absence(shares(counts)[:, QUANTILES], then.shares[:, QUANTILES], of),
    )


def _absence(missing: Floats, expected: Floats, of: npt.NDArray[np.str_]) -> dict[str, Absence]:
    """The mean share of missing values of each group in ``of`` [F]."""
    return {
        group: Absence(float(missing[of == group].mean()), float(expected[of == group].mean()))
        for group in dict.fromkeys(of.tolist())
    }

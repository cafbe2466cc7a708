"""The feature vector: its names, groups, units and schema hash, and how it is computed.

The groups compute rows ``[k, m]`` from what was gathered before the match and from the match's own
prices. Rows are element-wise in m, so one match alone gives the same bits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.features.groups import (
    crowd,
    fatigue,
    form,
    head_to_head,
    market_now,
    market_past,
    momentum,
    panic,
    ratings,
    table,
)
from sabiscore.features.inputs import FeatureInputs
from sabiscore.features.match_states import MatchStates
from sabiscore.history import Floats, History


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the vector. ``name`` is unique and begins with its group."""

    name: str
    group: str
    unit: str


IN_ORDER = tuple(
    module.GROUP
    for module in (
        ratings,
        form,
        fatigue,
        crowd,
        momentum,
        head_to_head,
        table,
        market_past,
        market_now,
        panic,
    )
)
GROUPS = tuple(group.name for group in IN_ORDER)
BLOCKS = tuple(block for group in IN_ORDER for block in group.blocks)
FEATURES = tuple(
    Feature(f"{group.name}.{name}", group.name, block.unit)
    for group in IN_ORDER
    for block in group.blocks
    for name in block.names
)
NAMES = tuple(feature.name for feature in FEATURES)
SIZE = len(FEATURES)
SCHEMA = hashlib.sha256(repr(FEATURES).encode()).hexdigest()[:16]
"""Identifies names, order, groups and units: a bundle made for another schema is refused."""

INDEX = {name: column for column, name in enumerate(NAMES)}
FLAGS = (INDEX["market_past.present"], INDEX["market_now.present"])


def columns(*groups: str) -> npt.NDArray[np.int64]:
    """The indices of the features of ``groups``, in order.

    int64 [c], at most FEATURES.
    """
    return np.array([i for i, feature in enumerate(FEATURES) if feature.group in groups], np.int64)


def compute(gathered: MatchStates, lower: Floats, fixtures: History) -> npt.NDArray[np.float32]:
    """float32 [m, F]: the vectors of m matches; ``lower`` is 1 where home is the pair's lower team, or -1."""
    known = FeatureInputs(gathered, lower, fixtures)
    rows = [row.reshape(-1, len(lower)) for block in BLOCKS for row in block.rows(known)]
    X = np.ascontiguousarray(np.concatenate(rows).T, dtype=np.float32)
    # A NaN has a sign, and which one depends on how many rows numpy worked on: keep one kind of NaN.
    X[np.isnan(X)] = np.nan
    return X


def without_odds(X: npt.NDArray[np.float32], *, past: bool = True) -> npt.NDArray[np.float32]:
    """A copy of ``X`` that does not know this match's prices; with ``past=False`` no prices at all.

    ``X`` float32 [n, F]; so is the copy, NaN where it does not know.
    """
    masked = X.copy()
    masked[:, columns("market_now", "panic")] = np.nan
    masked[:, [FLAGS[1], INDEX["market_now.totals_present"]]] = 0.0
    if not past:
        masked[:, columns("market_past")] = np.nan
        masked[:, FLAGS[0]] = 0.0
    return masked

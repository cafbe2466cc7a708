"""What both strengths have in common as features: an expected edge, and what bends it."""

from __future__ import annotations

import numpy as np

from sabiscore.features import strength
from sabiscore.features.inputs import FeatureInputs
from sabiscore.history import Floats

EDGE = ("edge", "stakes", "slow", "fast", "variance_home", "variance_away")
BENT = ("edge_late", "edge_start", "edge_size_late", "edge_size", "edge_bent")

MOST_VARIANCE = 0.5
"""A team that was never seen has a variance far outside of all that is learnt from."""


def edge_rows(known: FeatureInputs, kind: int) -> list[Floats]:
    """Six rows [m] in the order of EDGE; ``stakes``, ``slow`` and ``fast`` in the units of the kind."""
    slow, fast = strength.parts(known.teams)[:2, kind]
    variance = np.minimum(strength.variances(known.teams)[kind], MOST_VARIANCE)
    return [known.edges[kind], known.stakes[kind], slow[0] - slow[1], fast[0] - fast[1], *variance]


def bent_rows(known: FeatureInputs, kind: int) -> list[Floats]:
    """Five rows [m] in the order of BENT."""
    edge, season = known.edges[kind], known.season_part
    size = np.abs(edge)
    return [edge * season.late, edge * season.start, size * season.late, size, edge * size]

"""The fits of live calibration that a later process goes on from: a text a bundle in the CAS store.

They only save work. What they were fitted on is named by their digests, so a text that is gone, spoilt or of
other matches costs time and changes nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sabiscore.learning.calibrate import BlockFit, Learner
from sabiscore.net.cas_store import CasStore, compare_and_swap

KEY = "schedules:fits"
"""Begins the key of the CAS store that holds the fits of a bundle."""
NUMBERS = 7
"""Of a candidate: see ``learning.calibrate``."""


def learner_of(bundle: str, cas_store: CasStore) -> Learner:
    """A learner that goes on from the fits that were kept for ``bundle``, if any. Raises StoreUnavailable."""
    text = cas_store.read(f"{KEY}:{bundle}")
    return Learner(_fits(text) if text is not None else ())


def keep_fits(bundle: str, learner: Learner, cas_store: CasStore) -> None:
    """The fits of ``learner`` are what ``learner_of`` goes on from. Raises StoreUnavailable."""
    text = json.dumps([asdict(fit) for fit in learner.fits], allow_nan=False, separators=(",", ":"))
    compare_and_swap(cas_store, f"{KEY}:{bundle}", lambda _: text)


def _fits(text: str) -> tuple[BlockFit, ...]:
    """The fits in ``text`` by blocks; none where it is not what was kept."""
    try:
        return tuple(sorted((_fit(fields) for fields in json.loads(text)), key=lambda fit: fit.blocks))
    except (ValueError, TypeError, KeyError, OverflowError):
        return ()


def _fit(fields: Mapping[str, Any]) -> BlockFit:
    theta = tuple(float(value) for value in fields["theta"])
    gain, served = float(fields["gain"]), float(fields["served"])
    if len(theta) != NUMBERS or not all(map(math.isfinite, (*theta, gain, served))):
        raise ValueError("numbers that are no fit")
    return BlockFit(
        blocks=int(fields["blocks"]),
        digest=str(fields["digest"]),
        theta=theta,
        gain=gain,
        served=served,
    )

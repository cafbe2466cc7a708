"""How far forecasts lay from the closing odds in held-out seasons: how uncertain a probability is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sabiscore.domain.uncertainty import ASSUMED_DIVERGENCE, after_wait
from sabiscore.insights.forecast import Knowledge

NORMAL_90 = 1.6449
"""Standard errors on each side of a 90% interval."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """A mean KL divergence of the closing odds from forecasts, in nats.

    It is of ``n`` held-out matches of this league or of all, or assumed (``n`` is 0) where none is known.
    """

    nats: float
    n: int
    of: Literal["league", "all", "assumed"]


ASSUMED = Divergence(ASSUMED_DIVERGENCE, 0, "assumed")


def divergence(
    knowledge: Knowledge, league: str, metrics: Mapping[str, Any], hours: float | None = None
) -> Divergence:
    """That of forecasts with this ``knowledge``, by the ``metrics`` of a manifest; else ASSUMED.

    Forecasts with odds are the farther from the close the more ``hours`` lie between their prices and
    kick-off; None where that is not known.
    """
    found = (
        _of(score_of(metrics, league, knowledge), "league")
        or _of(score_of(metrics, "all", knowledge), "all")
        or ASSUMED
    )
    return replace(found, nats=after_wait(found.nats, hours)) if knowledge == "with_odds" else found


def range_of(p: float, divergence_nats: float) -> tuple[float, float]:
    """(low, high) of the 90% range of a probability ``p`` whose forecasts diverge so far from the close.

    A mean Kullback–Leibler divergence d of three outcomes is that of shares counted in 1/d trials, since such
    shares are expected to diverge by (3 − 1) / 2n.

    >>> [round(end, 3) for end in range_of(0.5, 0.0025)]
    [0.459, 0.541]
    """
    half = NORMAL_90 * math.sqrt(p * (1 - p) * divergence_nats)
    return max(0.0, p - half), min(1.0, p + half)


def score_of(metrics: Mapping[str, Any], name: str, knowledge: str) -> Mapping[str, Any] | None:
    """What a manifest's ``metrics`` say of a slice; None for what is missing or of another form."""
    try:
        score = metrics["scores"][name][knowledge]
    except (KeyError, TypeError):
        return None
    return score if isinstance(score, Mapping) else None


def _of(score: Mapping[str, Any] | None, of: Literal["league", "all"]) -> Divergence | None:
    found = (score or {}).get("divergence")
    if not isinstance(found, Mapping):
        return None
    nats, n = found.get("difference"), found.get("n")
    if not isinstance(nats, float) or not 0 < nats < 1 or not isinstance(n, int):
        return None
    return Divergence(nats, n, of)

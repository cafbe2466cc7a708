"""A/B: which matches the challenger also predicts, and whether it did better on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from sabiscore.learning import metrics
from sabiscore.learning.settled import Settled

SEED = 21


def in_trial(match_id: str, challenger: str, share: float) -> bool:
    """Whether ``challenger`` predicts this match too: by hash, so the same wherever it is asked.

    >>> sum(in_trial(f"epl-2526-a-{n}", "1.1.0", 0.2) for n in range(1000)) in range(160, 241)
    True
    """
    drawn = int.from_bytes(sha256(f"{challenger}\0{match_id}".encode()).digest()[:8], "big")
    return drawn < share * 2**64


@dataclass(frozen=True, slots=True)
class Trial:
    """The challenger's mean log loss less production's on ``n`` matches that both foretold."""

    n: int
    difference: float | None
    low: float | None
    high: float | None

    @property
    def better(self) -> bool:
        """Whether the challenger is better beyond chance."""
        return self.high is not None and self.high < 0


def compare(production: Sequence[Settled], challenger: Sequence[Settled]) -> Trial:
    """How ``challenger`` did against ``production`` on the matches that both have settled."""
    theirs: Mapping[str, Settled] = {one.match_id: one for one in production}
    pairs = [(theirs[one.match_id], one) for one in challenger if one.match_id in theirs]
    if not pairs:
        return Trial(0, None, None, None)
    y = np.array([one.outcome for one, _ in pairs])
    ours = metrics.log_losses(np.array([one.p for _, one in pairs]), y)
    before = metrics.log_losses(np.array([one.p for one, _ in pairs]), y)
    return Trial(len(pairs), float((ours - before).mean()), *metrics.interval(ours - before, SEED))

"""A/B: which matches the challenger also predicts, and whether it did better on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import numpy as np

from sabiscore.learning import metrics
from sabiscore.learning.settled import Settled

INTERVAL_SEED = 21
SEALED_TOGETHER = timedelta(minutes=15)
"""Sealed farther apart, one of them knew more than the other."""
LEAST_PAIRS = 100
"""Fewer matches give no verdict: an interval of so few is none."""


def in_shadow_evaluation(match_id: str, share: float) -> bool:
    """Whether a challenger predicts this match too: by hash, so the same wherever and by whom it is asked.

    >>> sum(in_shadow_evaluation(f"epl-2526-a-{n}", 0.2) for n in range(1000)) in range(160, 241)
    True
    """
    drawn = int.from_bytes(sha256(f"trial\0{match_id}".encode()).digest()[:8], "big")
    return drawn < share * 2**64


@dataclass(frozen=True, slots=True)
class ShadowEvaluation:
    """The challenger's mean log loss less production's on ``n`` Matches that both predicted."""

    n: int
    difference: float | None
    low: float | None
    high: float | None

    @property
    def better(self) -> bool:
        """Whether the challenger is better beyond chance."""
        return self.n >= LEAST_PAIRS and self.high is not None and self.high < 0

    @property
    def worse(self) -> bool:
        """Whether the challenger is worse beyond chance."""
        return self.n >= LEAST_PAIRS and self.low is not None and self.low > 0

    @property
    def verdict(self) -> str:
        """What the trial says so far.

        >>> ShadowEvaluation(400, -0.004, -0.007, -0.001).verdict
        'The challenger is better beyond chance, by 0.0040 log loss on 400 matches.'
        >>> ShadowEvaluation(60, -0.03, -0.05, -0.01).verdict
        'Too early to tell: 60 matches of at least 100.'
        """
        if self.n < LEAST_PAIRS or self.difference is None:
            return f"Too early to tell: {self.n} matches of at least {LEAST_PAIRS}."
        if not self.better and not self.worse:
            return f"No difference beyond chance on {self.n} matches."
        side = "better" if self.better else "worse"
        by = abs(self.difference)
        return f"The challenger is {side} beyond chance, by {by:.4f} log loss on {self.n} matches."


def compare(production: Sequence[Settled], challenger: Sequence[Settled]) -> ShadowEvaluation:
    """How ``challenger`` did against ``production`` on the matches that both sealed together and settled."""
    theirs: Mapping[str, Settled] = {prediction.match_id: prediction for prediction in production}
    pairs = [
        (theirs[prediction.match_id], prediction)
        for prediction in sorted(
            challenger, key=lambda prediction: (prediction.kickoff_at, prediction.match_id)
        )
        if prediction.match_id in theirs
        and abs(theirs[prediction.match_id].sealed_at - prediction.sealed_at) <= SEALED_TOGETHER
    ]
    if not pairs:
        return ShadowEvaluation(0, None, None, None)
    y = np.array([champion.outcome for champion, _ in pairs])
    ours = metrics.log_losses(np.array([contender.p for _, contender in pairs]), y)
    before = metrics.log_losses(np.array([champion.p for champion, _ in pairs]), y)
    return ShadowEvaluation(
        len(pairs), float((ours - before).mean()), *metrics.interval(ours - before, INTERVAL_SEED)
    )

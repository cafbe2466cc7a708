"""What is known of a sealed prediction once its match is over: all that learning and the record read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sabiscore.domain.odds import Outcome, OutcomeProbabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """One settled prediction, probabilities over home, draw and away.

    ``p`` is what was published, ``raw`` the graph's output before live calibration. ``early`` are the
    market's fair probabilities when it was sealed, ``close`` those of the closing prices; None
    where there were no prices. ``outcome`` is 0, 1 or 2.
    """

    match_id: str
    league: str
    bundle: str
    kickoff_at: datetime
    sealed_at: datetime
    settled_at: datetime
    p: OutcomeProbabilities
    raw: OutcomeProbabilities
    outcome: int
    early: OutcomeProbabilities | None = None
    close: OutcomeProbabilities | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledBet:
    """One settled value bet, taken on paper at ``odds`` that stood at ``opened_at``.

    ``close`` is the fair closing probability of its outcome; None where there was no close.
    """

    match_id: str
    league: str
    bundle: str
    opened_at: datetime
    outcome: Outcome
    odds: float
    stake_fraction: float
    won: bool
    close: float | None = None

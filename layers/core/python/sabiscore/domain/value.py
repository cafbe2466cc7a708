"""Which price is worth more than it costs, and which must not be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sabiscore.domain.kelly import stake_fraction

THRESHOLD = 0.042
"""The least edge of a value bet."""

PREMIUM_EDGE = 2 * THRESHOLD
PREMIUM_ODDS = 5.0
"""Long shots are never PREMIUM: there a small error of the probability is a large one of the edge."""

CREDIBLE_EDGE = 0.30
"""Beyond this an edge says that the price or the model is wrong, not that somebody gives money away."""

PRICE_LIFE = timedelta(hours=48)
"""A price older than this is history."""

EXCHANGE_COMMISSION = 0.05
"""The share of what is won that an exchange keeps unless a setting says otherwise: Betfair's base rate."""
PROBABLE_ERROR = 0.15
"""Beyond this an edge is flagged: such a price is more often stale or mistyped than generous."""

Quality = Literal["PREMIUM", "VALUE", "MARGINAL", "AVOID"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a price of one outcome is worth: expected value a unit, class and advised stake."""

    p: float
    odds: float
    edge: float
    quality: Quality
    stake_fraction: float


def edge(p: float, odds: float) -> float:
    """The expected value of a unit staked: ``p × odds − 1``.

    >>> round(edge(0.5, 2.1), 4)
    0.05
    """
    return p * odds - 1


def quality(p: float, odds: float) -> Quality:
    """The class of a price, by its edge and its length.

    * AVOID: a negative edge, or one beyond CREDIBLE_EDGE;
    * MARGINAL: an edge of 0 up to the THRESHOLD;
    * PREMIUM: PREMIUM_EDGE or more at odds up to PREMIUM_ODDS;
    * VALUE: every other edge of at least the THRESHOLD.

    >>> quality(0.5, 1.9), quality(0.5, 2.05), quality(0.5, 2.1), quality(0.5, 2.2), quality(0.5, 3.0)
    ('AVOID', 'MARGINAL', 'VALUE', 'PREMIUM', 'AVOID')
    """
    gain = edge(p, odds)
    if not 0 <= gain <= CREDIBLE_EDGE:
        return "AVOID"
    if gain < THRESHOLD:
        return "MARGINAL"
    return "PREMIUM" if gain >= PREMIUM_EDGE and odds <= PREMIUM_ODDS else "VALUE"


def assess(p: float, odds: float) -> Assessment:
    """The worth of a price that may be used; a stake is advised only for a value bet.

    >>> assess(0.5, 2.2).quality, round(assess(0.5, 2.2).stake_fraction, 4)
    ('PREMIUM', 0.0104)
    >>> assess(0.5, 2.05).stake_fraction
    0.0
    """
    grade = quality(p, odds)
    stake = stake_fraction(p, odds) if grade in ("PREMIUM", "VALUE") else 0.0
    return Assessment(p, odds, edge(p, odds), grade, stake)


def unusable(
    priced_at: datetime | None,
    kickoff_at: datetime | None,
    now: datetime,
    life: timedelta = PRICE_LIFE,
) -> str | None:
    """Why a price must not be bet on at ``now``, or None when it may be.

    All instants are aware. An undated price, or a match without a kick-off time, is unusable:
    nobody can say that the one is recent or that the other has not begun.
    """
    if priced_at is None:
        return "the price is undated"
    if kickoff_at is None:
        return "the kick-off time is not known"
    if now >= kickoff_at:
        return "the match has kicked off"
    if priced_at > now:
        return "the price is dated in the future"
    if now - priced_at > life:
        return f"the price is older than {life.total_seconds() / 3600:g} hours"
    return None

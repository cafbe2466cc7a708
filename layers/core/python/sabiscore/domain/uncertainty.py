"""How far probabilities may be from what the market will say at kick-off."""

from __future__ import annotations

from datetime import datetime

ASSUMED_DIVERGENCE = 0.005
"""Mean KL divergence, in nats, of the closing odds from forecasts of which none was measured.

The largest of any league with odds was .0044, in 2022/23 to 2024/25.
"""

TYPICAL_WAIT_H, LEAST_WAIT_H, WAIT_POWER = 24.0, 3.0, 0.25
"""Hours from the prices that a forecast has read to kick-off: those of a mean divergence, and the fewest that
count. Fitted with the power to 17,409 matches of 2019/20 to 2021/22 in 18 leagues, whose divergence was, as
a share of their league's mean, .62 at 4 hours, 1.04 at 22, 1.09 at 26, 1.06 at 46, 1.19 at 50, 1.36 at 76.
"""


def wait_h(priced_at: datetime | None, kickoff_at: datetime | None) -> float | None:
    """The hours from a price to kick-off, both aware; None where one of the instants is not known."""
    if priced_at is None or kickoff_at is None:
        return None
    return (kickoff_at - priced_at).total_seconds() / 3600


def after_wait(divergence: float, hours: float | None) -> float:
    """A mean ``divergence`` in nats for prices that are read ``hours`` before kick-off; None: as it is.

    It grows with the fourth root of the hours.

    >>> after_wait(0.002, 24), after_wait(0.002, 384), after_wait(0.002, None)
    (0.002, 0.004, 0.002)
    """
    if hours is None:
        return divergence
    share: float = (max(hours, LEAST_WAIT_H) / TYPICAL_WAIT_H) ** WAIT_POWER
    return divergence * share

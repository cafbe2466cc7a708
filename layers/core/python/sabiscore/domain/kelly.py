"""How much of a bankroll a bet deserves."""

from __future__ import annotations

FRACTION = 1 / 8
"""The share of the full Kelly stake that is advised: our probabilities are estimates."""

CAP = 0.025
"""No single bet is advised above this share of the bankroll, however good it looks."""


def kelly(p: float, odds: float) -> float:
    """The share of the bankroll that grows it fastest: ``f* = (p·o − 1) / (o − 1)``, at least 0.

    ``p`` is the true probability, ``odds`` decimal and over 1. J. L. Kelly, A new interpretation
    of information rate, Bell System Technical Journal 35 (1956) 917.

    >>> round(kelly(0.55, 2.0), 4)
    0.1
    >>> kelly(0.45, 2.0)
    0.0

    Raises ValueError for a probability outside 0 to 1, or odds of 1 and less.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"{p!r} is not a probability")
    if not odds > 1:
        raise ValueError(f"{odds!r} are not decimal odds")
    return max(0.0, (p * odds - 1) / (odds - 1))


def stake_fraction(p: float, odds: float, fraction: float = FRACTION, cap: float = CAP) -> float:
    """The advised share of the bankroll: ``fraction`` of the Kelly stake, never above ``cap``.

    >>> round(stake_fraction(0.55, 2.0), 4)
    0.0125
    >>> stake_fraction(0.9, 2.0)
    0.025
    """
    return min(cap, fraction * kelly(p, odds))

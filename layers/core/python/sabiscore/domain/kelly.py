"""How much of a bankroll a bet deserves."""

from __future__ import annotations

import math
from collections.abc import Sequence

FRACTION = 1 / 8
"""The share of the full Kelly stake that is advised: our probabilities are estimates."""

ROUNDING = 1e-9
"""By so much probabilities of float64 may sum to more than 1."""

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


def joint_kelly(p: Sequence[float], odds: Sequence[float]) -> tuple[float, ...]:
    """The shares of the bankroll that grow it fastest when outcomes that exclude one another are backed.

    ``p`` and ``odds`` are of those outcomes of one market that are for sale, in the same order. With S
    the outcomes worth backing, ``f_i = p_i − R / o_i`` and ``R = (1 − Σ_S p) / (1 − Σ_S 1/o)``; they
    join S in the order of ``p·o`` while that is above R. P. Smoczynski and D. Tomkins, An explicit
    solution to the problem of optimizing the allocations of a bettor's wealth when wagering on horse
    races, The Mathematical Scientist 35 (2010) 10.

    >>> [round(f, 4) for f in joint_kelly((0.55, 0.2), (2.0, 6.0))]
    [0.175, 0.075]
    >>> joint_kelly((0.55,), (2.0,)) == (kelly(0.55, 2.0),)
    True

    Raises ValueError where ``kelly`` does, and for probabilities that sum to more than 1.
    """
    for q, o in zip(p, odds, strict=True):
        kelly(q, o)  # refuses what is no probability and no price
    if sum(p) > 1 + ROUNDING:
        raise ValueError(f"{tuple(p)!r} are not probabilities of outcomes that exclude one another")
    reserve, left, cost = 1.0, 1.0, 1.0
    backed: set[int] = set()
    for i in sorted(range(len(p)), key=lambda i: -p[i] * odds[i]):
        if p[i] * odds[i] <= reserve or cost <= 1 / odds[i]:
            break
        backed.add(i)
        left, cost = max(0.0, left - p[i]), cost - 1 / odds[i]
        reserve = left / cost
    return tuple(max(0.0, p[i] - reserve / odds[i]) if i in backed else 0.0 for i in range(len(p)))


def shrinkage(p: Sequence[float], odds: Sequence[float], divergence: float) -> float:
    """The factor in 0 to 1 that makes the joint stakes grow a bankroll fastest when ``p`` are estimates.

    ``divergence`` is the mean KL divergence d of the truth from such estimates of a match, in nats: that of
    shares counted in 1/d trials, so an estimate p varies by ``σ² = d·p·(1 − p)``. For one bet with
    ``e = p·o − 1`` the factor is ``e² / (e² + o²·σ²)``: R. D. Baker and I. G. McHale, Optimal betting under
    parameter uncertainty: improving the Kelly criterion, Decision Analysis 10 (2013) 189. Their expansion of
    the growth to second order gives for m outcomes that are backed together ``χ² / (χ² + m·d)``, with
    ``χ² = Σ (p − 1/o)² / p`` over those outcomes and, as the last, all others at once.

    >>> shrinkage((0.55,), (2.0,), 0.0), round(shrinkage((0.55,), (2.0,), 0.0025), 4)
    (1.0, 0.8016)

    Raises ValueError where ``joint_kelly`` does, and for a ``divergence`` below 0.
    """
    return _shrunk(p, odds, joint_kelly(p, odds), divergence)


def _shrunk(p: Sequence[float], odds: Sequence[float], stakes: Sequence[float], divergence: float) -> float:
    if not divergence >= 0:
        raise ValueError(f"{divergence!r} is not a divergence")
    backed = [(q, 1 / o) for q, o, stake in zip(p, odds, stakes, strict=True) if stake > 0]
    error = len(backed) * divergence
    rest = 1 - math.fsum(q for q, _ in backed), 1 - math.fsum(price for _, price in backed)
    if not error or rest[0] <= ROUNDING:
        return 1.0
    gain = math.fsum((q - price) ** 2 / q for q, price in (*backed, rest))
    return gain / (gain + error)


def stake_fractions(
    p: Sequence[float],
    odds: Sequence[float],
    fraction: float = FRACTION,
    cap: float = CAP,
    *,
    divergence: float = 0.0,
) -> tuple[float, ...]:
    """The advised shares for bets on outcomes of one match: ``fraction`` of the joint stakes, capped.

    Stakes are shrunk by the ``divergence`` of the truth from ``p``, see ``shrinkage``; 0 leaves them whole.
    """
    stakes = joint_kelly(p, odds)
    part = fraction * _shrunk(p, odds, stakes, divergence)
    return tuple(min(cap, part * stake) for stake in stakes)


def stake_fraction(
    p: float, odds: float, fraction: float = FRACTION, cap: float = CAP, *, divergence: float = 0.0
) -> float:
    """The advised share of the bankroll: ``fraction`` of the Kelly stake, never above ``cap``.

    It is shrunk by the ``divergence`` of the truth from ``p``, see ``shrinkage``.

    >>> round(stake_fraction(0.55, 2.0), 4), round(stake_fraction(0.55, 2.0, divergence=0.0025), 4)
    (0.0125, 0.01)
    >>> stake_fraction(0.9, 2.0)
    0.025
    """
    return stake_fractions((p,), (odds,), fraction, cap, divergence=divergence)[0]

"""Three ways to take a bookmaker's margin out of the odds of one market.

All take the decimal odds of a whole market, two outcomes or more, each over 1, and give
probabilities that sum to 1, in the same order. Odds that are already fair come back as their
inverses, and a shorter price never gets the smaller probability.

An underround market (inverse odds under 1, as best prices of several books can be) has a negative
margin. Proportional and power removal hold for it as they stand. Shin's model has no insiders to
blame there, so it gives the proportional answer, which it meets at the fair market.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sabiscore.domain.odds import are_decimal, implied
from sabiscore.domain.roots import root

_MOST_STEPS = 100
_FAIR = 1e-12
"""A margin under this is rounding."""


def proportional(prices: Sequence[float]) -> tuple[float, ...]:
    """Fair probabilities when the margin is the same share of every price.

    >>> proportional((1.9, 1.9))
    (0.5, 0.5)
    """
    return _unit_sum(implied(_checked(prices)))


def power(prices: Sequence[float]) -> tuple[float, ...]:
    """Fair probabilities ``(1 / odds) ** k`` with the one k that makes them sum to 1.

    Long shots carry more of the margin. Vovk & Zhdanov, Prediction with expert advice for the
    Brier game, JMLR 10 (2009), section 6. Newton's method on ``log(sum(b ** k))``, which is convex
    and falling in k and so is reached from any start.

    >>> [round(p, 4) for p in power((1.5, 4.2, 7.0))]
    [0.6519, 0.2199, 0.1283]
    """
    logs = [-math.log(price) for price in _checked(prices)]
    k = 1.0
    for _ in range(_MOST_STEPS):
        top = max(k * log for log in logs)
        parts = [math.exp(k * log - top) for log in logs]
        total = math.fsum(parts)
        slope = math.fsum(part * log for part, log in zip(parts, logs, strict=True)) / total
        step = (top + math.log(total)) / slope
        k -= step
        if abs(step) <= 1e-15 * max(1.0, abs(k)):
            break
    return _unit_sum([math.exp(k * log) for log in logs])


def shin(prices: Sequence[float]) -> tuple[float, ...]:
    """Fair probabilities when the margin guards against a share z of bettors who know the result.

    H. S. Shin, Measuring the incidence of insider trading in a market for state-contingent claims,
    Economic Journal 103 (1993); with b the inverse odds and B their sum,
    ``p = (sqrt(z² + 4 (1 − z) b² / B) − z) / (2 (1 − z))`` and z such that they sum to 1.
    Two outcomes have a closed form: the margin is shared equally.

    >>> [round(p, 4) for p in shin((1.5, 4.2, 7.0))]
    [0.6471, 0.2234, 0.1295]
    """
    b = implied(_checked(prices))
    total = math.fsum(b)
    if total <= 1 + _FAIR:
        return _unit_sum(b)
    if len(b) == 2:
        return _unit_sum([(1 + b[0] - b[1]) / 2, (1 + b[1] - b[0]) / 2])
    q = [x * x / total for x in b]
    z = root(lambda z: math.fsum(_shin_probability(z, x) for x in q) - 1, 0.0, 1.0)
    return _unit_sum([_shin_probability(z, x) for x in q])


METHODS: Mapping[str, Callable[[Sequence[float]], tuple[float, ...]]] = MappingProxyType(
    {"proportional": proportional, "power": power, "shin": shin}
)


def _shin_probability(z: float, q: float) -> float:
    """Shin's p for ``q = b² / B``, multiplied out so that it holds up to z = 1."""
    return 2 * q / (math.sqrt(z * z + 4 * (1 - z) * q) + z)


def _checked(prices: Sequence[float]) -> Sequence[float]:
    if len(prices) < 2:
        raise ValueError("a market has at least two outcomes")
    if not are_decimal(prices):
        raise ValueError("decimal odds are finite and over 1")
    return prices


def _unit_sum(weights: Sequence[float]) -> tuple[float, ...]:
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)

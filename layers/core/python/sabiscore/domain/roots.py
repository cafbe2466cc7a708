"""Where a continuous function crosses zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

_MOST_STEPS = 200


def root(f: Callable[[float], float], low: float, high: float) -> float:
    """The x between ``low`` and ``high`` where ``f`` is 0, to the last bits of a float.

    ``f(low)`` and ``f(high)`` must differ in sign. Ridders' method: C. Ridders, A new algorithm
    for computing a single root of a real continuous function, IEEE Trans. CAS 26 (1979) 979.
    Raises ValueError where the signs agree.

    >>> round(root(lambda x: x * x - 2, 0, 2), 12)
    1.414213562373
    """
    f_low, f_high = f(low), f(high)
    if f_low == 0 or f_high == 0:
        return low if f_low == 0 else high
    if not f_low * f_high < 0:
        raise ValueError("the function has the same sign at both ends")
    for _ in range(_MOST_STEPS):
        middle = (low + high) / 2
        f_middle = f(middle)
        if f_middle == 0 or middle in (low, high):
            return middle
        scale = math.sqrt(f_middle * f_middle - f_low * f_high)
        x = middle + (middle - low) * math.copysign(1.0, f_low - f_high) * f_middle / scale
        f_x = f(x)
        if f_x == 0:
            return x
        low, f_low, high, f_high = _bracket(((low, f_low), (middle, f_middle), (x, f_x), (high, f_high)))
        if abs(high - low) <= 4e-16 * max(abs(low), abs(high)):
            return (low + high) / 2
    return (low + high) / 2


def _bracket(points: tuple[tuple[float, float], ...]) -> tuple[float, float, float, float]:
    """The two neighbours, in order of x, between which the sign changes."""
    ordered = sorted(points)
    for (a, f_a), (b, f_b) in pairwise(ordered):
        if f_a * f_b < 0:
            return a, f_a, b, f_b
    raise ValueError("the function is not continuous, or not a number, between the ends")

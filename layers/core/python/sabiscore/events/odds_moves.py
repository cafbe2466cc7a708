"""Moves of the odds that are worth telling."""

from __future__ import annotations

from collections.abc import Sequence

ENOUGH = 0.01
"""A move of a hundredth in what a price says of its outcome's chance; less is the noise of one book."""


def is_move(old: Sequence[float], new: Sequence[float]) -> bool:
    """Whether any outcome's chance, 1 over its decimal odds, moved by a hundredth or more.

    >>> is_move((2.0, 3.5, 3.9), (2.02, 3.5, 3.85)), is_move((2.0, 3.5, 3.9), (1.9, 3.6, 4.2))
    (False, True)
    """
    pairs = zip(old, new, strict=True)
    return any(abs(1 / before - 1 / after) >= ENOUGH for before, after in pairs)

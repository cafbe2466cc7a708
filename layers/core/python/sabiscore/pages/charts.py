"""Geometry of the drawings: where each mark lies, in the units of its picture. Templates draw, this measures.

Colour never carries meaning alone and no style is inline, so everything is an SVG shape with a class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

BAR_WIDTH, BAR_GAP = 100.0, 0.8
"""Of the bar of three probabilities; the gap keeps neighbours apart without colour."""

DOUGHNUT_RADIUS = 15.9155
"""Its circumference is 100, so a share of the ring is its length in per cent."""

WIDTH, HEIGHT = 640.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 16.0, 12.0, 34.0
TICKS = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar from ``x``, ``width`` wide."""

    x: float
    width: float


def segments(p: Sequence[float]) -> tuple[Segment, ...]:
    """The parts of a bar of BAR_WIDTH, as wide as the probabilities ``p``, a gap between neighbours.

    >>> segments((0.5, 0.3, 0.2))[1]
    Segment(x=50.4, width=29.2)
    """
    parts, x = [], 0.0
    for k, share in enumerate(p):
        left = BAR_GAP / 2 if k else 0.0
        right = BAR_GAP / 2 if k < len(p) - 1 else 0.0
        width = max(0.0, BAR_WIDTH * share - left - right)
        parts.append(Segment(round(x + left, 2), round(width, 2)))
        x += BAR_WIDTH * share
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line of the grid at ``at``, with its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Scale:
    """From the numbers ``low`` to ``high`` to the units ``begin`` to ``end`` of the picture."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, x: float) -> float:
        span = self.high - self.low or 1.0
        return round(self.begin + (x - self.low) / span * (self.end - self.begin), 1)

    def ticks(self, words: Callable[[float], str]) -> tuple[GridLine, ...]:
        """TICKS lines at equal distances, each with its number in ``words``."""
        step = (self.high - self.low) / (TICKS - 1)
        numbers = [self.low + k * step for k in range(TICKS)]
        return tuple(GridLine(self(x), words(x)) for x in numbers)


def across(values: Sequence[float]) -> Scale:
    """The scale of a picture's width over ``values``, of which there is at least one."""
    return Scale(min(values), max(values), LEFT, WIDTH - RIGHT)


def upwards(values: Sequence[float]) -> Scale:
    """The scale of a picture's height over ``values``, of which there is at least one; up is more."""
    return Scale(min(values), max(values), HEIGHT - BOTTOM, TOP)


def path(points: Sequence[tuple[float, float]]) -> str:
    """The ``d`` of a line through ``points``; empty without any.

    >>> path([(0, 1.25), (10, 2)])
    'M0,1.25L10,2'
    """
    return f"M{'L'.join(f'{x:g},{y:g}' for x, y in points)}" if points else ""

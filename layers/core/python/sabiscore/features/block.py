"""How features are declared: a group has blocks, a block names its features and computes their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sabiscore.features.inputs import FeatureInputs
from sabiscore.history import Floats

Rows = Callable[[FeatureInputs], Sequence[Floats]]
"""What computes a block: arrays, each [m] or [..., m], that have a row a name in all."""

SIDES = ("home", "away")


@dataclass(frozen=True, slots=True)
class Block:
    """Features of one unit that are computed together, element by element in m."""

    unit: str
    names: tuple[str, ...]
    rows: Rows


class Group:
    """A group of features: its blocks in the order in which they were declared."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocks: list[Block] = []

    def block(self, unit: str, *names: str) -> Callable[[Rows], Rows]:
        """Declare the features that the decorated function computes, in the order of its rows."""

        def declare(rows: Rows) -> Rows:
            self.blocks.append(Block(unit, names, rows))
            return rows

        return declare


def each(stem: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The names of one thing for several sides, speeds or outcomes.

    >>> each("rest", SIDES)
    ('rest_home', 'rest_away')
    """
    return tuple(f"{stem}_{word}" for word in words)

"""What was made last of facts that seldom change: a run asks for it several times, and so does the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """The newest of its kind, given again as long as it is asked for by the very same facts."""

    def __init__(self) -> None:
        self._last: tuple[tuple[object, ...], T] | None = None

    def get(self, facts: tuple[object, ...], make: Callable[[], T]) -> T:
        """What ``make`` gives, or gave for these ``facts``: the same objects, and equal numbers and days."""
        last = self._last
        if last is None or len(last[0]) != len(facts) or not all(map(_same, facts, last[0])):
            last = self._last = facts, make()
        return last[1]


class MemoEach(Generic[T]):
    """The newest of each of many, given again as long as it is made from equal facts."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[tuple[object, ...], T]] = {}

    def all(self, facts: Mapping[str, tuple[object, ...]], make: Callable[..., T]) -> list[T]:
        """By name, what ``make`` gives of its ``facts``, or gave of equal ones the last time; in order."""
        made = {}
        for name, given in facts.items():
            last = self._last.get(name)
            made[name] = last if last is not None and last[0] == given else (given, make(*given))
        self._last = made
        return [kept for _, kept in made.values()]


def _same(value: object, other: object) -> bool:
    return value is other or (isinstance(value, int | date) and value == other)

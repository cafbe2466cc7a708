"""Takes rows of an answer one by one: each gives an event and facts, or a reason that is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sabiscore.domain.facts import Event, Fact
from sabiscore.sources.base import RefusedRow, Reply, Request
from sabiscore.sources.reading import InvalidRow, OutOfScope, bad_answer, excerpt

SEVERAL = 2
"""So many unfit rows, and no other, tell that a provider has changed its format."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """What one row gave."""

    event: Event | None = None
    facts: tuple[Fact, ...] = ()
    more: tuple[Request, ...] = ()


@dataclass(slots=True, kw_only=True)
class RowCollector:
    """What was taken of one answer so far, and what was not."""

    provider: str
    events: dict[str, Event] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    set_aside: Counter[str] = field(default_factory=Counter)
    more: list[Request] = field(default_factory=list)
    _unfit: Counter[str] = field(default_factory=Counter)
    _taken: int = 0

    def each(self, rows: Sequence[object], read: Callable[[object], ParsedRow]) -> None:
        """Takes every row; one that is unfit gives nothing at all and is refused with its reason."""
        self.read(rows, lambda row: self._take(read(row)))

    def only(self, row: object, read: Callable[[object], ParsedRow]) -> None:
        """Takes the one row that an answer consists of.

        A row that is not ours is refused. Raises InvalidRow for one that is unfit.
        """
        try:
            self._take(read(row))
        except OutOfScope as reason:
            self.refused.append(RefusedRow(1, str(reason), excerpt(row)))

    def read(self, rows: Sequence[object], read: Callable[[object], T]) -> list[T]:
        """What ``read`` makes of the rows that are fit; the others are refused with their reasons."""
        made = []
        for place, row in enumerate(rows, 1):
            try:
                made.append(read(row))
            except InvalidRow as reason:
                self.refused.append(RefusedRow(place, str(reason), excerpt(row)))
                if not isinstance(reason, OutOfScope):
                    self._unfit[str(reason)] += 1
        self._taken += len(made)
        return made

    def _take(self, taken: ParsedRow) -> None:
        event = taken.event
        if event is not None:
            if event.id in self.events:
                raise OutOfScope("the same event again")
            if event.home == event.away:
                raise InvalidRow("a team against itself")
            self.events[event.id] = event
        self.facts += taken.facts
        self.more += taken.more

    def validated(self, what: str, read: Callable[[], Fact]) -> Iterable[Fact]:
        """The fact that ``read`` makes, or none, counted under ``what`` and why."""
        try:
            return (read(),)
        except InvalidRow as reason:
            self.set_aside[f"{what}: {reason}"] += 1
            return ()

    def reply(self) -> Reply:
        """All of it. Raises BadAnswer when there were several rows and every one of them was unfit.

        A single unfit row is refused like any other: it says nothing of how its provider fares.
        """
        if self._unfit.total() >= SEVERAL and not self._taken:
            (reason, count) = self._unfit.most_common(1)[0]
            raise bad_answer(self.provider, f"of {len(self.refused)} rows {count} are unfit ({reason})")
        return Reply(
            provider=self.provider,
            events=tuple(self.events.values()),
            facts=tuple(self.facts),
            refused=tuple(self.refused),
            set_aside=dict(self.set_aside),
            more=tuple(self.more),
        )

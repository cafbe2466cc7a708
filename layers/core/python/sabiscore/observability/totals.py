"""Counts by series, which can be added up, taken apart and kept as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sabiscore.errors import BadEntry
from sabiscore.observability.families import COUNTED
from sabiscore.untrusted import json_object, untrusted

Series = tuple[str, ...]
"""The name of a family, then the values of its labels in their order."""

_WIDTHS = {family.name: len(family.edges) + 2 for family in COUNTED if family.kind == "histogram"}
"""Of a histogram's numbers: a count below each edge, one past the last, and the sum in microseconds."""


@dataclass(slots=True)
class Totals:
    """Whole numbers only, so that sums are exact in any order; a histogram is its counts and microseconds."""

    counters: dict[Series, int] = field(default_factory=dict)
    histograms: dict[Series, list[int]] = field(default_factory=dict)

    def add(self, other: Totals, sign: int = 1) -> None:
        """Adds ``other``, or takes it off where ``sign`` is -1."""
        for series, count in other.counters.items():
            self.counters[series] = self.counters.get(series, 0) + sign * count
        for series, numbers in other.histograms.items():
            before = self.histograms.get(series) or [0] * len(numbers)
            self.histograms[series] = [a + sign * b for a, b in zip(before, numbers, strict=True)]

    def copy(self) -> Totals:
        """The same numbers, apart from these."""
        return Totals(dict(self.counters), {series: list(n) for series, n in self.histograms.items()})

    def plain(self) -> dict[str, list[list[list[str] | int | list[int]]]]:
        """The totals in JSON's own types; what is 0 is left out."""
        counted = [[list(series), count] for series, count in self.counters.items() if count]
        measured = [[list(series), numbers] for series, numbers in self.histograms.items() if any(numbers)]
        return {"counters": counted, "histograms": measured}  # type: ignore[dict-item]


def read_totals(plain: Mapping[str, object]) -> Totals:
    """What ``Totals.plain`` gave. Raises BadEntry for anything else."""
    with untrusted(BadEntry, "The kept counts cannot be read"):
        counters, histograms = plain["counters"], plain["histograms"]
        if not isinstance(counters, list) or not isinstance(histograms, list):
            raise TypeError("not two lists")
        totals = Totals()
        for series, count in counters:
            totals.counters[tuple(map(str, series))] = int(count)
        for series, numbers in histograms:
            if len(numbers) != _WIDTHS[series[0]]:
                raise ValueError(f"{len(numbers)} numbers of {series[0]}")
            totals.histograms[tuple(map(str, series))] = list(map(int, numbers))
        return totals


@dataclass(frozen=True, slots=True)
class KeptTotals:
    """The totals of a process ``at`` some instant, in milliseconds since 1970."""

    at: int
    totals: Totals

    def text(self) -> str:
        """As it is kept.

        >>> KeptTotals(5, Totals({("sabiscore_computations_total",): 2})).text()
        '{"at":5,"counters":[[["sabiscore_computations_total"],2]],"histograms":[]}'
        """
        return json.dumps({"at": self.at, **self.totals.plain()}, separators=(",", ":"))


def read_kept(text: str) -> KeptTotals:
    """What ``KeptTotals.text`` gave. Raises BadEntry for anything else."""
    with untrusted(BadEntry, "The kept counts cannot be read"):
        plain = json_object(text)
        return KeptTotals(int(plain["at"]), read_totals(plain))

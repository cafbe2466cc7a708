"""A line of the reliability bar as it was measured: its id, the figure, the bound, and whether it holds."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sabiscore.errors import SabiScoreError

Sense = Literal["≤", "≥", "="]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundCheck:
    """One figure of line ``id``, which holds when ``value`` ``sense`` ``bound``.

    >>> print(BoundCheck(
    ...     id="L2", what="middleware, a request", value=31.26, sense="≤", bound=60, unit="µs"
    ... ))
    L2   middleware, a request                               31.3 µs  ≤ 60 holds
    """

    id: str
    what: str
    value: float
    sense: Sense
    bound: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its bound."""
        kept = {"≤": self.value <= self.bound, "≥": self.value >= self.bound, "=": self.value == self.bound}
        return kept[self.sense]

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "MISSED"
        figure = f"{self.value:,.0f}" if abs(self.value) >= 1000 else f"{self.value:.3g}"
        return (
            f"{self.id:<4} {self.what:<48} {figure:>7} {self.unit:<3} {self.sense} {self.bound:g} {verdict}"
        )


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one measurement, and what one must know to read them."""

    checks: Sequence[BoundCheck]
    notes: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        checks = [{**asdict(check), "holds": check.holds} for check in self.checks]
        return {"holds": self.holds, "checks": checks, "notes": list(self.notes)}

    def __str__(self) -> str:
        return "\n".join([*map(str, self.checks), *(f"     {note}" for note in self.notes)])


def joined(parts: Iterable[Measurement]) -> Measurement:
    """Several measurements as one."""
    measurements = list(parts)
    return Measurement(
        [check for measurement in measurements for check in measurement.checks],
        [note for measurement in measurements for note in measurement.notes],
    )


def options(module: str, about: str | None) -> argparse.ArgumentParser:
    """What every measurement takes."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--json", action="store_true", help="Print the figures for a program.")
    return parser


def finish(measure: Callable[[], Measurement], as_json: bool) -> int:
    """Measure and print: 0 when every figure holds, 1 when one does not, 3 when it could not be measured."""
    try:
        measurement = measure()
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 3
    print(json.dumps(measurement.as_json(), indent=2, ensure_ascii=False) if as_json else measurement)
    missed = [check.what for check in measurement.checks if not check.holds]
    if missed:
        print(
            f"Missed {len(missed)} of {len(measurement.checks)} bounds: {'; '.join(missed)}.", file=sys.stderr
        )
    return 1 if missed else 0

"""Two releases' figures side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two bundles; ``change`` is second minus first, None where either lacks it."""

    name: str
    first: float | None
    second: float | None
    change: float | None


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """Every number in two bundles' metrics, sorted by dotted name."""
    a, b = figures(first), figures(second)
    return [
        Difference(name, a.get(name), b.get(name), b[name] - a[name] if name in a and name in b else None)
        for name in sorted(a.keys() | b.keys())
    ]


def figures(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """The numbers in nested ``metrics``, by dotted name.

    >>> figures({"with_odds": {"log_loss": 0.96}, "note": "text"})
    {'with_odds.log_loss': 0.96}
    """
    found: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            found |= figures(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"{prefix}{name}"] = value
    return found

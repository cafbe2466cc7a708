"""What a visit makes each service do, as ``usage.toml`` has it: measured, or not known and why."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

USAGE = Path(__file__).with_name("usage.toml")

VisitKind = Literal["page", "api"]
VISIT_KINDS: tuple[VisitKind, ...] = get_args(VisitKind)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a quantity a visit takes: ``amount`` as ``how`` measured it, or None, and ``how`` why."""

    amount: float | None
    how: str


@dataclass(frozen=True, slots=True)
class VisitUsage:
    """``what`` a visit of this kind is, what it takes by quantity, and what costs besides: ``left_out``."""

    what: str
    measured_on: date
    usage: Mapping[str, Usage]
    left_out: str


def read_usage(kind: VisitKind, path: Path = USAGE) -> VisitUsage:
    """What a visit of ``kind`` takes, by the file at ``path``."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    amounts, how = found[kind]["amounts"], found["how"]
    measured = {quantity: Usage(float(amount), how[quantity]) for quantity, amount in amounts.items()}
    unknown = {quantity: Usage(None, reason) for quantity, reason in found["unknown"].items()}
    return VisitUsage(found[kind]["what"], found["measured_on"], measured | unknown, found["left_out"])

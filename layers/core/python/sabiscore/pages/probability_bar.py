"""The bar of home, draw and away, always in this order and never without its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sabiscore.insights.document import MatchSummary, Probabilities
from sabiscore.pages.charts import Segment, segments
from sabiscore.pages.numbers import shown_whole, whole_per_cents

Outcome = Literal["home", "draw", "away"]
OUTCOMES: tuple[Outcome, ...] = ("home", "draw", "away")


@dataclass(frozen=True, slots=True)
class ProbabilityBar:
    """The parts of a bar, each with its outcome; whole ``numbers`` that sum to 100; the same in ``words``."""

    parts: tuple[tuple[Segment, Outcome], ...]
    numbers: tuple[str, ...]
    words: str


def probability_bar(p: Probabilities, match: MatchSummary) -> ProbabilityBar:
    """The bar of ``p``, the three probabilities of ``match``."""
    shown = whole_numbers(p)
    names = (match.home.name, "draw", match.away.name)
    words = ", ".join(f"{name} {number}%" for name, number in zip(names, shown, strict=True))
    parts = tuple(zip(segments((p.home, p.draw, p.away)), OUTCOMES, strict=True))
    return ProbabilityBar(parts, shown, words)


def whole_numbers(p: Probabilities) -> tuple[str, ...]:
    """Home, draw and away in whole per cents that sum to 100, as they are printed everywhere."""
    exact = (p.home, p.draw, p.away)
    return tuple(
        shown_whole(whole, share) for whole, share in zip(whole_per_cents(exact), exact, strict=True)
    )

"""What is round every page: its name and title, where its numbers are from and how old they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sabiscore.insights.document import Freshness


class Dated(Protocol):
    """A document that says how old it is and what it is of."""

    @property
    def freshness(self) -> Freshness: ...
    @property
    def generated_at(self) -> datetime: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def rehearsal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Frame:
    """``page`` names the kind of page to scripts and the menu; ``dated`` is None where nothing can age."""

    page: str
    title: str
    description: str
    dated: Dated | None = None

"""The port through which steps of the pipeline ask the live sources."""

from __future__ import annotations

from typing import Protocol

from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.sources.base import Wanted


class FactSources(Protocol):
    """The live sources, or a stand-in for them."""

    @property
    def records(self) -> SourceHealth:
        """The health record of each source, with the team names that could not be matched."""
        ...

    def gather(self, wanted: Wanted) -> FetchedFacts:
        """The facts that were wanted, from whichever source has them, and why each failed source did."""
        ...

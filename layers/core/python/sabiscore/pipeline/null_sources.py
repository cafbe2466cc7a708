"""Sources of a made-up world: nobody out there knows of its matches."""

from __future__ import annotations

from sabiscore.clock import Clock
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.net.cas_store import CasStore
from sabiscore.sources.base import Wanted


class NullSources:
    """Gathers nothing."""

    def __init__(self, register: CasStore, clock: Clock) -> None:
        self.records = SourceHealth(register, clock)

    def gather(self, wanted: Wanted) -> FetchedFacts:  # noqa: ARG002
        return FetchedFacts()

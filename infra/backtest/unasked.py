"""Sources of a rehearsal, without questions whose answer is known: the files tell no score in play."""

from __future__ import annotations

from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.pipeline.fact_sources import FactSources
from sabiscore.sources.base import Wanted


class WithoutScores:
    """``sources``, which are asked for everything but scores in play: two of three runs of odds would."""

    def __init__(self, sources: FactSources) -> None:
        self._sources = sources

    @property
    def records(self) -> SourceHealth:
        return self._sources.records

    def gather(self, wanted: Wanted) -> FetchedFacts:
        if wanted.kinds <= {"scores"}:
            return FetchedFacts()
        return self._sources.gather(wanted)

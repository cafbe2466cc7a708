"""Sources of a rehearsal, without questions whose answer is known: the files tell no score in play."""

from __future__ import annotations

from sabiscore.gathering.gather import Gathered
from sabiscore.gathering.record import Records
from sabiscore.schedules.desk import Gathering
from sabiscore.sources.base import Wanted


class ScoresUnasked:
    """``sources``, which are asked for everything but scores in play: two of three runs of odds would."""

    def __init__(self, sources: Gathering) -> None:
        self._sources = sources

    @property
    def records(self) -> Records:
        return self._sources.records

    def gather(self, wanted: Wanted) -> Gathered:
        if wanted.kinds <= {"scores"}:
            return Gathered()
        return self._sources.gather(wanted)

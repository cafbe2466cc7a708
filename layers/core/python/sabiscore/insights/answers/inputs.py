"""What every answer is made from: the newest good copies of what is published, the model and the clock."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sabiscore.cache.last_good import Holder
from sabiscore.clock import Clock
from sabiscore.domain.calibration import Calibration
from sabiscore.errors import BadPublication, NothingPublished
from sabiscore.insights.answers.cacheable_document import CacheableDocument, Fetch
from sabiscore.insights.answers.current_answers import CurrentAnswers
from sabiscore.insights.time_bucket import STALE_LIVES, TimeBucket, time_bucket
from sabiscore.publication.corrections import Corrections
from sabiscore.publication.ledger_pages import last_ledger
from sabiscore.publication.matchday import last_matchday
from sabiscore.publication.publish import Publication, PublishedStates
from sabiscore.publication.supplements import Supplements

if TYPE_CHECKING:
    from sabiscore.insights.document import Document
    from sabiscore.insights.forecast import ForecastModel, Vectors
    from sabiscore.insights.scored_publication import ScoredPublication
    from sabiscore.insights.stored_track_record import StoredTrackRecord


class Models(Protocol):
    """Where the model in production comes from; ``version`` names it everywhere and costs next to nothing."""

    def version(self) -> str: ...

    def metrics(self) -> Mapping[str, Any]: ...

    def get(self) -> ForecastModel: ...


class AnswerInputs:
    """What answers are made from now, kept until any part of it is replaced."""

    def __init__(
        self,
        publications: Holder[Publication],
        records: Holder[StoredTrackRecord],
        *,
        corrections: Holder[Corrections],
        models: Models,
        open_states: Callable[[PublishedStates], Vectors],
        clock: Clock,
        commission: float,
        supplements: Holder[Supplements],
    ) -> None:
        self.publications = publications
        self.supplements = supplements
        self.matchday = last_matchday(supplements)
        self.ledgers = last_ledger(supplements)
        self.records = records
        self.models = models
        self.clock = clock
        self._corrections = corrections
        self._open_states = open_states
        self._commission = commission
        self._kept: CurrentAnswers | None = None
        self._scored: ScoredPublication | None = None
        self._lock = threading.Lock()

    def current(self) -> CurrentAnswers:
        """What answers are made from now. Nothing is loaded for it but what is published."""
        publication, version = self.publications.get(), self.models.version()
        live, supplements = self._live_calibration(version), self.supplements.get()
        matchday = self.matchday.get()
        current = self._kept
        if (
            current is None
            or current.publication is not publication
            or current.version != version
            or current.live is not live
            or current.supplements is not supplements
            or current.matchday is not matchday
        ):
            current = self._kept = CurrentAnswers(
                publication=publication,
                version=version,
                live=live,
                supplements=supplements,
                matchday=matchday,
            )
        return current

    def record_or_none(self) -> StoredTrackRecord | None:
        """The record; None where it cannot be read, since what is made without it stands without it."""
        try:
            return self.records.get()
        except BadPublication:
            return None  # health says why, and the answer what is unknown

    def publication_or_none(self) -> Publication | None:
        """What is published; None where nothing is, or it cannot be read."""
        try:
            return self.publications.get()
        except (NothingPublished, BadPublication):
            return None  # the health report says why

    def scored(self, publication: Publication) -> ScoredPublication:
        """``publication`` as read by the model in production, which is loaded for it."""
        from sabiscore.insights.scored_publication import ScoredPublication  # made for a miss alone

        model = self.models.get()
        live = self._live_calibration(model.version)
        with self._lock:
            scored = self._scored
            if scored is None or not scored.is_of(publication, model, live):
                scored = self._scored = ScoredPublication(
                    publication,
                    model,
                    open_states=self._open_states,
                    calibration=live,
                    before=scored,
                    commission=self._commission,
                )
            return scored

    def scored_document(
        self,
        name: str,
        about: Sequence[str],
        current: CurrentAnswers,
        time_bucket: Callable[[], TimeBucket],
        make: Callable[[ScoredPublication, TimeBucket], Document],
        *,
        prepare: Callable[[Fetch], Awaitable[None]] | None = None,
    ) -> CacheableDocument:
        """An answer that needs the model: its tags follow the model, which is loaded only to make it."""
        return CacheableDocument(
            name,
            tuple(sorted((*about, *current.tags))),
            time_bucket,
            lambda when: make(self.scored(current.publication), when),
            prepare,
        )

    def now(self, publication: Publication) -> datetime:
        """The instant that answers speak of: in a rehearsal that of the publication."""
        return publication.as_of if publication.rehearsal else self.clock.now()

    def time_bucket(
        self, publication: Publication, life: int, changes: Sequence[datetime] = ()
    ) -> TimeBucket:
        """The step of ``life`` seconds that it is now, cut at ``changes``; a rehearsal stands still."""
        now = self.now(publication)
        if publication.rehearsal:
            return TimeBucket(now, life, 0, STALE_LIVES * life)
        return time_bucket(now, life, changes)

    def _live_calibration(self, version: str) -> Calibration:
        return self._corrections.get().of(version).calibration

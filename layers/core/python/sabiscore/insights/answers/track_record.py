"""The public record of settled predictions and bets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sabiscore.cache import tags
from sabiscore.errors import BadPublication
from sabiscore.insights.answers.cacheable_document import CacheableDocument, Fetch
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.document import Document
from sabiscore.insights.evaluation import evaluation_of
from sabiscore.insights.record_days import page_of, record_days, whole_timeline
from sabiscore.insights.stored_track_record import StoredTrackRecord, track_record_document
from sabiscore.insights.time_bucket import TimeBucket
from sabiscore.insights.track_record import Performance

RECORD_LIFE_S = 180
UNREADABLE = "unreadable"
"""In place of the digest of a record that cannot be read."""


def track_record(inputs: AnswerInputs) -> CacheableDocument:
    """The public record of settled predictions and bets, beside the bundle's evaluation."""
    return _track_record(inputs, "performance", lambda _, document: document)


def whole_track_record(inputs: AnswerInputs) -> CacheableDocument:
    """The same with the figures of every day, for a page that draws them."""
    stored = inputs.records.get()

    async def prepare(fetch: Fetch) -> None:
        await fetch([page.file.path.name for page in stored.pages])

    return replace(_track_record(inputs, "performance/whole", _with_every_day), prepare=prepare)


def _with_every_day(stored: StoredTrackRecord, document: Performance) -> Performance:
    if not stored.pages:
        return document  # of an older build, which put every day into the record itself
    try:
        return document.model_copy(update={"timeline": whole_timeline(stored.pages)})
    except BadPublication:
        unknown = {**document.unknown, "timeline": "Earlier days cannot be read."}
        return document.model_copy(update={"unknown": unknown})


def track_record_days(inputs: AnswerInputs, season: str) -> CacheableDocument:
    """Every day of a season. Raises UnknownSeason."""
    publication, stored = inputs.publications.get(), inputs.records.get()
    page = page_of(season, stored.pages)

    async def prepare(fetch: Fetch) -> None:
        await fetch([page.file.path.name])

    return CacheableDocument(
        f"performance/{season}",
        tuple(sorted((tags.publication_tag(publication.digest), tags.record_tag(stored.digest)))),
        lambda: inputs.time_bucket(publication, RECORD_LIFE_S),
        lambda when: record_days(season, stored.pages, publication, when.at),
        prepare,
    )


def _track_record(
    inputs: AnswerInputs, name: str, finish: Callable[[StoredTrackRecord, Performance], Performance]
) -> CacheableDocument:
    publication, stored = inputs.publications.get(), inputs.records.get()
    version = inputs.models.version()
    made_of = [
        tags.bundle_tag(version),
        tags.publication_tag(publication.digest),
        tags.record_tag(stored.digest),
    ]

    def make(when: TimeBucket) -> Document:
        evaluation = evaluation_of(version, inputs.models.metrics())
        document = track_record_document(stored.record, publication, when, evaluation, stored.pages)
        return finish(stored, document)

    return CacheableDocument(
        name,
        tuple(sorted(made_of)),
        lambda: inputs.time_bucket(publication, RECORD_LIFE_S),
        make,
    )


def record_mark(stored: StoredTrackRecord | None) -> str:
    """What names exactly this record in a tag."""
    return stored.digest if stored else UNREADABLE

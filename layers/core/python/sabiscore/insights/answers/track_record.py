"""The public record of settled predictions and bets."""

from __future__ import annotations

from sabiscore.cache import tags
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.document import Document
from sabiscore.insights.evaluation import evaluation_of
from sabiscore.insights.stored_track_record import StoredTrackRecord, track_record_document
from sabiscore.insights.time_bucket import TimeBucket

RECORD_LIFE_S = 180
UNREADABLE = "unreadable"
"""In place of the digest of a record that cannot be read."""


def track_record(inputs: AnswerInputs) -> CacheableDocument:
    """The public record of settled predictions and bets, beside the bundle's evaluation."""
    publication, stored = inputs.publications.get(), inputs.records.get()
    version = inputs.models.version()
    made_of = [
        tags.bundle_tag(version),
        tags.publication_tag(publication.digest),
        tags.record_tag(stored.digest),
    ]

    def make(when: TimeBucket) -> Document:
        evaluation = evaluation_of(version, inputs.models.metrics())
        return track_record_document(stored.record, publication, when, evaluation)

    return CacheableDocument(
        "performance",
        tuple(sorted(made_of)),
        lambda: inputs.time_bucket(publication, RECORD_LIFE_S),
        make,
    )


def record_mark(stored: StoredTrackRecord | None) -> str:
    """What names exactly this record in a tag."""
    return stored.digest if stored else UNREADABLE

"""The public record beside the publication: written by the schedules, read by requests.

``record.json`` holds ``{"digest": sha256 of the canonical text of "record", "record": …}``: every total, the
newest days, and the names of the pages with all days of a season.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sabiscore.errors import BadPublication
from sabiscore.files import write_atomically
from sabiscore.insights.document import Freshness
from sabiscore.insights.evaluation import BundleEvaluation
from sabiscore.insights.record_days import season_refs
from sabiscore.insights.time_bucket import TimeBucket
from sabiscore.insights.track_record import Performance, Slice, TrackRecord
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import TRACK_RECORD_FILE, Publication
from sabiscore.publication.record_file import RECORD_AGAIN, read_record_file
from sabiscore.publication.record_pages import RecordPage, forget_pages, plain_pages, put_pages
from sabiscore.untrusted import untrusted

RECORD_SOURCE = "ledger"
NEWEST_DAYS = 60
"""So many of each kind are in the record itself, however long it is."""
RECORD_LIFE = timedelta(days=14)
"""Past the longest break of a season, a record to which nothing was added is stale."""

EMPTY = TrackRecord(
    as_of=None,
    all=Slice(predictions=None, bets=None),
    by_league={},
    by_version={},
    calibration=(),
    live_calibration={},
    drift=None,
    population=None,
    trial=None,
    rollbacks=(),
    anchors=(),
    closing_pull=None,
    timeline=(),
    sealed=0,
    ledger_head=None,
)


NEVER_PUBLISHED = "none"
"""In place of the digest of a record that there never was."""


@dataclass(frozen=True, slots=True)
class StoredTrackRecord:
    """The record as it was published, with its newest days; ``digest`` differs for every different content.

    ``pages`` have every day, by season, oldest first.
    """

    record: TrackRecord
    digest: str
    pages: tuple[RecordPage, ...] = ()


def put_track_record(folder: Path, record: TrackRecord) -> None:
    """``record``, with every day of it, is the one that requests are answered from."""
    body = record.model_dump(mode="json")
    folder.mkdir(parents=True, exist_ok=True)
    pages = put_pages(folder, body["timeline"], body["anchors"])
    newest = {name: body[name][-NEWEST_DAYS:] for name in ("timeline", "anchors")}
    body = {**body, **newest, "pages": plain_pages(pages)}
    write_atomically(
        folder / TRACK_RECORD_FILE, json.dumps({"digest": digest_of(body), "record": body}).encode()
    )
    forget_pages(folder, pages)


def read_track_record(folder: Path, *, was_there: bool = False) -> StoredTrackRecord:
    """The verified record in ``folder``; an empty one where there never was any.

    ``was_there``: a publication says that there was one. Raises BadPublication where it is not what was
    written, or is missing though there was one.
    """
    found = read_record_file(folder, was_there=was_there)
    if found is None:
        return StoredTrackRecord(EMPTY, NEVER_PUBLISHED)
    with untrusted(BadPublication, f"{TRACK_RECORD_FILE} is not a record", hint=RECORD_AGAIN):
        # What a newer build says beside is left out: code that was rolled back still serves its record.
        record = TrackRecord.model_validate(found.body, extra="ignore")
        return StoredTrackRecord(record, found.digest, found.pages)


def track_record_document(
    record: TrackRecord,
    publication: Publication,
    when: TimeBucket,
    evaluation: BundleEvaluation | str,
    pages: Sequence[RecordPage] = (),
) -> Performance:
    """The record as it is answered, its age counted to the time bucket, beside the bundle's ``evaluation``.

    That may be the reason why there is none. ``pages`` have every day of it.
    """
    age = when.at - record.as_of if record.as_of and record.as_of <= when.at else None
    return Performance(
        **dict(record),
        seasons=season_refs(pages),
        evaluation=None if isinstance(evaluation, str) else evaluation,
        freshness=Freshness(
            as_of=record.as_of,
            age_s=int(age.total_seconds()) if age is not None else None,
            source=RECORD_SOURCE,
            stale=age is None or age > RECORD_LIFE,
        ),
        generated_at=when.at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown=dict((*_unknown(record), *_unknown_of_models(record), *_unknown_evaluation(evaluation))),
    )


def _unknown(record: TrackRecord) -> Iterator[tuple[str, str]]:
    """Each member that is null, and why."""
    predictions, bets = record.all.predictions, record.all.bets
    if record.as_of is None:
        yield "as_of", "Nothing is settled yet."
    if predictions is None:
        yield "all.predictions", "No sealed prediction is settled yet."
    elif predictions.against_early_odds is None:
        yield "all.predictions.against_early_odds", "No odds were known when they were sealed."
    if predictions and predictions.against_closing_odds is None:
        yield "all.predictions.against_closing_odds", "No closing odds are known."
    if bets is None:
        yield "all.bets", "No value bet is settled yet."
    elif bets.closing_line_value is None:
        yield "all.bets.closing_line_value", "No closing odds are known."
    if record.closing_pull is None:
        yield "closing_pull", "Too few settled matches had both early and closing odds."
    if record.ledger_head is None:
        yield "ledger_head", "Nothing is sealed yet."


def _unknown_evaluation(evaluation: BundleEvaluation | str) -> Iterator[tuple[str, str]]:
    if isinstance(evaluation, str):
        yield "evaluation", evaluation


def _unknown_of_models(record: TrackRecord) -> Iterator[tuple[str, str]]:
    """The same of what is watched: the bundle in production, and the one on trial."""
    if record.drift is None:
        yield "drift", "No settled predictions of the bundle in production yet, so drift cannot be measured."
    if record.population is None:
        yield "population", "No bundle in production was looked at yet."
    elif record.population.index is None:
        yield "population.index", record.population.because
    if record.trial is None:
        yield "trial", "No challenger is on trial."
    elif record.trial.difference is None:
        yield "trial.difference", "No settled match was predicted by both yet."

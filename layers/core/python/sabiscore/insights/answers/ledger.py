"""Pages of the public ledger, and the proof of an entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from sabiscore.cache import tags
from sabiscore.insights.answers.cacheable_document import CacheableDocument, Fetch
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.answers.track_record import record_mark
from sabiscore.insights.document import Document
from sabiscore.insights.ledger_pages import LedgerQuery, fetch_entry, fetch_page, ledger_page, ledger_proof
from sabiscore.publication.ledger_pages import PublishedLedger
from sabiscore.publication.publish import Publication

LEDGER_LIFE_S = 60
EMPTY_LEDGER = "empty"


def ledger_entries(inputs: AnswerInputs, query: LedgerQuery, *, lines: bool) -> CacheableDocument:
    """The entries that ``query`` asks for; ``lines``: readers go on in JSON lines."""
    ledger = inputs.ledgers.get()

    def make(publication: Publication, at: datetime) -> Document:
        return ledger_page(query, ledger, publication, at, lines=lines)

    return _of_ledger(inputs, f"{query.name}/{lines}", ledger, make, partial(fetch_page, query, ledger))


def ledger_entry(inputs: AnswerInputs, text: str) -> CacheableDocument:
    """The entry with the number or hash ``text``, and what proves it.

    Making it raises UnknownEntry where there is none.
    """
    ledger, stored = inputs.ledgers.get(), inputs.record_or_none()
    anchors = stored.record.anchors if stored else ()

    def make(publication: Publication, at: datetime) -> Document:
        return ledger_proof(text, ledger, publication, at, anchors=anchors)

    return _of_ledger(inputs, text, ledger, make, partial(fetch_entry, text, ledger))


def _of_ledger(
    inputs: AnswerInputs,
    name: str,
    ledger: PublishedLedger,
    make: Callable[[Publication, datetime], Document],
    prepare: Callable[[Fetch], Awaitable[None]],
) -> CacheableDocument:
    publication = inputs.publications.get()
    made_of = [
        tags.publication_tag(publication.digest),
        tags.record_tag(record_mark(inputs.record_or_none())),
        tags.ledger_tag(ledger.head or EMPTY_LEDGER),
    ]
    return CacheableDocument(
        f"ledger/{name}",
        tuple(sorted(made_of)),
        lambda: inputs.time_bucket(publication, LEDGER_LIFE_S),
        lambda when: make(publication, when.at),
        prepare,
    )

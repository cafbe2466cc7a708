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
from sabiscore.insights.ledger_pages import (
    fetch_entry,
    fetch_page,
    ledger_page,
    ledger_proof,
    numbers_of,
)
from sabiscore.insights.ledger_query import LedgerQuery
from sabiscore.insights.record_days import anchor_after, anchor_page
from sabiscore.insights.track_record import Anchor
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
    pages = stored.pages if stored else ()

    def make(publication: Publication, at: datetime) -> Document:
        def anchor_of(seq: int) -> Anchor | None:
            return anchor_after(seq, stored.record.anchors, pages) if stored else None

        return ledger_proof(text, ledger, publication, at, anchor_of=anchor_of)

    async def prepare(fetch: Fetch) -> None:
        await fetch_entry(text, ledger, fetch)
        named = [anchor_page(seq, pages) for seq in numbers_of(text, ledger)]
        await fetch(sorted({page.file.path.name for page in named if page is not None}))

    return _of_ledger(inputs, text, ledger, make, prepare)


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

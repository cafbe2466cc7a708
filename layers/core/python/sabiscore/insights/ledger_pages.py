"""Which entries of the public ledger a reader asks for, from pages of 1,000, one or two of them at a time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sabiscore.errors import BadPublication, UnknownEntry
from sabiscore.insights.compose import freshness
from sabiscore.insights.ledger_documents import EntryRef, LedgerEntryView, LedgerPageView, LedgerProof
from sabiscore.insights.ledger_query import LEDGER, LedgerQuery, Order
from sabiscore.insights.track_record import Anchor
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.publication.ledger_pages import LedgerPage, PublishedLedger
from sabiscore.publication.publish import Publication

Fetch = Callable[[Sequence[str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """The entries found, and the number that was looked at last, where more may follow it."""

    entries: Sequence[LedgerEntry]
    reached: int | None


async def fetch_page(query: LedgerQuery, ledger: PublishedLedger, fetch: Fetch) -> None:
    """Brings the files that an answer to ``query`` is read from."""
    if query.match_id is not None and ledger.lookup is not None:
        await fetch([ledger.lookup.path.name])
    await fetch([page.file.path.name for page in _pages(query, ledger)])


async def fetch_entry(text: str, ledger: PublishedLedger, fetch: Fetch) -> None:
    """Brings the files that the entry called ``text``, a number or a hash, is read from."""
    if not text.isdecimal() and ledger.lookup is not None:
        await fetch([ledger.lookup.path.name])
    await fetch([page.file.path.name for page in _pages_of_entry(text, ledger)])


def found_entries(query: LedgerQuery, ledger: PublishedLedger) -> FoundEntries:
    """At most ``query.limit`` entries. Raises BadPublication where a page is missing or was altered."""
    pages = _pages(query, ledger)
    entries = [entry for page in pages for entry in _in_order(page.entries(), query)]
    wanted = [entry for entry in entries if _is_beyond(entry, query)]
    chosen = list(islice((entry for entry in wanted if _is_meant(entry, query)), query.limit))
    reached = chosen[-1].seq if len(chosen) == query.limit else wanted[-1].seq if wanted else None
    end = ledger.entries if query.order == "oldest" else 1
    if query.match_id is not None and len(chosen) < query.limit:
        reached = None  # all that the ledger holds about a match was looked at
    return FoundEntries(chosen, None if reached == end else reached)


def found_entry(text: str, ledger: PublishedLedger) -> tuple[LedgerEntry, ...]:
    """The entry called ``text`` and, where it settles one, the seal. Raises UnknownEntry, BadPublication."""
    every = [entry for page in _pages_of_entry(text, ledger) for entry in page.entries()]
    found = [entry for entry in every if text in (str(entry.seq), entry.hash)]
    if not found:
        raise UnknownEntry(
            f"The ledger has no entry {text[:80]!r}.",
            hint=f"Its entries are 1 to {ledger.entries}; see {LEDGER}."
            if ledger.entries
            else "It is empty.",
        )
    seal = found[0].content.get("seal")
    return (*found[:1], *(entry for entry in every if seal is not None and entry.hash == seal))


def ledger_page(
    query: LedgerQuery,
    ledger: PublishedLedger,
    publication: Publication,
    at: datetime,
    *,
    lines: bool = False,
) -> LedgerPageView:
    """The entries that ``query`` asks for; ``lines``: the reader goes on in JSON lines."""
    found = found_entries(query, ledger)
    unknown = {}
    if not found.entries:
        unknown["entries"] = _why_none(ledger, found)
    if ledger.head is None:
        unknown["head"] = "Nothing is sealed yet."
    return LedgerPageView(
        entries=tuple(map(entry_view, found.entries)),
        count=len(found.entries),
        head=_head(ledger),
        next=query.after(found.reached, lines=lines) if found.reached is not None else None,
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown=unknown,
    )


def ledger_proof(
    text: str,
    ledger: PublishedLedger,
    publication: Publication,
    at: datetime,
    *,
    anchor_of: Callable[[int], Anchor | None],
) -> LedgerProof:
    """The entry called ``text``, a number or a hash, with what proves it. Raises UnknownEntry.

    ``anchor_of`` gives the first anchor with an entry of a number behind it, and may raise BadPublication.
    """
    entry, *seal = found_entry(text, ledger)
    no_anchor = "No day that ended since then is published yet."
    try:
        anchor = anchor_of(entry.seq)
    except BadPublication:
        anchor, no_anchor = None, "What was published of that day cannot be read."
    previous = EntryRef(seq=entry.seq - 1, hash=entry.content["previous"]) if entry.seq > 1 else None
    settles = EntryRef(seq=seal[0].seq, hash=seal[0].hash) if seal else None
    unknown = {
        "previous": None if previous else "It is the first.",
        "settles": None if settles else _settles_nothing(entry),
        "anchor": None if anchor else no_anchor,
    }
    return LedgerProof(
        entry=entry_view(entry),
        previous=previous,
        settles=settles,
        head=EntryRef(seq=ledger.entries, hash=ledger.head or entry.hash),
        anchor=anchor,
        chain_href=LedgerQuery(limit=100).after(entry.seq - 1, lines=True),
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown={path: why for path, why in unknown.items() if why is not None},
    )


def entry_view(entry: LedgerEntry) -> LedgerEntryView:
    """An entry as readers see it."""
    return LedgerEntryView(
        seq=entry.seq,
        hash=entry.hash,
        body=entry.body,
        entry=json.loads(entry.body),
        href=f"{LEDGER}/{entry.seq}",
    )


def _head(ledger: PublishedLedger) -> EntryRef | None:
    return EntryRef(seq=ledger.entries, hash=ledger.head) if ledger.head is not None else None


def _settles_nothing(entry: LedgerEntry) -> str:
    if entry.content["kind"] == "sealed":
        return "It is a prediction."
    return f"The seal lies on another page: see {LEDGER}/{entry.content['seal']}."


def _why_none(ledger: PublishedLedger, found: FoundEntries) -> str:
    if ledger.head is None:
        return "Nothing is sealed yet."
    return "None of those looked at; more follow." if found.reached is not None else "No more entries."


def _pages(query: LedgerQuery, ledger: PublishedLedger) -> list[LedgerPage]:
    """The pages to look at: those of a match; else the one with the next entry, and its neighbour if need be.

    A filter by league looks at one page only, so that an answer costs the same however rare a league is.
    """
    if query.match_id is not None:
        return _of_match(query.match_id, ledger, query.order)
    step = 1 if query.order == "oldest" else -1
    first = _first(query, ledger)
    page = ledger.page_of(first)
    if page is None:
        return []
    last = ledger.page_of(min(max(first + step * (query.limit - 1), 1), ledger.entries))
    return [page] if query.league is not None or last is None or last is page else [page, last]


def _first(query: LedgerQuery, ledger: PublishedLedger) -> int:
    """The number of the first entry beyond the cursor."""
    if query.order == "oldest":
        return (query.cursor or 0) + 1
    return min((query.cursor or ledger.entries + 1) - 1, ledger.entries)


def _of_match(match_id: str, ledger: PublishedLedger, order: Order) -> list[LedgerPage]:
    pages = [page for seq in ledger.of_match(match_id) if (page := ledger.page_of(seq)) is not None]
    every = [*dict.fromkeys(pages), *([ledger.tail] if ledger.tail else [])]
    return every if order == "oldest" else every[::-1]


def numbers_of(text: str, ledger: PublishedLedger) -> list[int]:
    """The number ``text``, or all that an entry with the hash ``text`` may have.

    Raises BadPublication where the look-up file cannot be read.
    """
    if text.isdecimal():
        return [int(text)]
    tail = ledger.tail
    return [*ledger.of_hash(text), *(range(tail.first, tail.last + 1) if tail else ())]


def _pages_of_entry(text: str, ledger: PublishedLedger) -> list[LedgerPage]:
    pages = [page for seq in numbers_of(text, ledger) if (page := ledger.page_of(seq)) is not None]
    return list(dict.fromkeys(pages))


def _in_order(entries: Sequence[LedgerEntry], query: LedgerQuery) -> Iterator[LedgerEntry]:
    return iter(entries) if query.order == "oldest" else reversed(entries)


def _is_beyond(entry: LedgerEntry, query: LedgerQuery) -> bool:
    if query.cursor is None:
        return True
    return entry.seq > query.cursor if query.order == "oldest" else entry.seq < query.cursor


def _is_meant(entry: LedgerEntry, query: LedgerQuery) -> bool:
    """An entry that settles names no league: its match's id begins with it."""
    if query.match_id is None and query.league is None:
        return True
    content = entry.content
    if query.match_id is not None and content["match"] != query.match_id:
        return False
    return query.league is None or _league_of(content["match"], query.league)


def _league_of(match_id: str, league: str) -> bool:
    season = match_id.removeprefix(f"{league}-")[:4]
    return match_id.startswith(f"{league}-") and season.isdecimal()

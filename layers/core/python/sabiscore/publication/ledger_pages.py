"""The ledger as files of 1,000 entries: a full one never changes again, so that readers and caches keep it.

A page holds the bodies, one a line, exactly as they were hashed. A look-up file says of every entry of the
full pages, in eight bytes, the beginning of its hash and of the hash of its match's id: it is written once in
a thousand entries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sabiscore.cache.last_good import Holder, LastGood
from sabiscore.errors import BadPublication
from sabiscore.ledger.entry import LedgerEntry, hash_of
from sabiscore.publication.supplements import (
    HINT,
    LEDGER,
    Supplement,
    Supplements,
    forget_unnamed,
    put_file,
    put_supplements,
    read_supplements,
)
from sabiscore.untrusted import json_object, untrusted

LEDGER_FORMAT = 1
ENTRIES_A_PAGE = 1_000
PAGES, LOOKUP = "entries", "lookup"
KEY = 4
"""Bytes of a hash that look-ups go by: what they find is compared whole."""

Entries = Callable[[int], Iterable[LedgerEntry]]
"""Gives the entries after a number."""


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """The entries ``first`` to ``last``; ``head`` is the hash of the last one."""

    file: Supplement
    first: int
    last: int
    head: str

    @property
    def is_full(self) -> bool:
        """Whether it never changes again."""
        return self.last - self.first + 1 == ENTRIES_A_PAGE

    def entries(self) -> list[LedgerEntry]:
        """Its entries, oldest first. Raises BadPublication."""
        bodies = self.file.read().decode().splitlines()
        if len(bodies) != self.last - self.first + 1:
            raise BadPublication(f"{self.file.path.name} has other entries than it should.", hint=HINT)
        return [LedgerEntry(seq, hash_of(body), body) for seq, body in enumerate(bodies, self.first)]


@dataclass(frozen=True, slots=True)
class PublishedLedger:
    """How many entries there are, the hash of the newest (None before the first), and where they lie."""

    entries: int = 0
    head: str | None = None
    pages: tuple[LedgerPage, ...] = ()
    lookup: Supplement | None = None

    def page_of(self, seq: int) -> LedgerPage | None:
        """The page with entry ``seq``; None where there is none."""
        place = (seq - 1) // ENTRIES_A_PAGE
        return self.pages[place] if 0 < seq <= self.entries else None

    @property
    def tail(self) -> LedgerPage | None:
        """The page that is not full yet, which no look-up covers."""
        return self.pages[-1] if self.pages and not self.pages[-1].is_full else None

    @property
    def files(self) -> tuple[Supplement, ...]:
        """Every file of it."""
        return *(page.file for page in self.pages), *((self.lookup,) if self.lookup else ())

    def of_hash(self, digest: str) -> list[int]:
        """The numbers of entries whose hash may be ``digest``, those of the tail not among them."""
        return self._found(bytes.fromhex(digest)[:KEY], 0)

    def of_match(self, match_id: str) -> list[int]:
        """The numbers of entries that may be about a match, those of the tail not among them."""
        return self._found(_match_key(match_id), KEY)

    def _found(self, key: bytes, offset: int) -> list[int]:
        if self.lookup is None:
            return []
        data, found, at = self.lookup.read(), [], -1
        while (at := data.find(key, at + 1)) >= 0:
            if at % (2 * KEY) == offset:
                found.append(at // (2 * KEY) + 1)
        return found


def publish_ledger(folder: Path, head: str | None, entries: Entries) -> PublishedLedger:
    """The ledger up to ``head`` is published in ``folder``; only entries after the last full page are read.

    Where the published pages are of another chain, all are written anew. Raises DiskUnavailable.
    """
    old = _published(folder)
    if head is None or old.head == head:
        return old
    kept = _continued([page for page in old.pages if page.is_full], entries)
    after = kept[-1].last if kept else 0
    pages = (*kept, *_written(folder, entries(after)))
    full = [page for page in pages if page.is_full]
    lookup = old.lookup if kept and len(full) == len(kept) else _lookup(folder, full, entries)
    new = PublishedLedger(pages[-1].last, pages[-1].head, pages, lookup)
    put_supplements(folder, {LEDGER: (json.dumps(_plain(new)).encode(), "json")})
    forget_unnamed(folder, PAGES, [page.file for page in pages])
    forget_unnamed(folder, LOOKUP, [lookup] if lookup else [])
    return new


def read_ledger(supplements: Supplements) -> PublishedLedger:
    """The ledger that ``supplements`` name; an empty one where they name none. Raises BadPublication."""
    file = supplements.file(LEDGER)
    if file is None:
        return PublishedLedger()
    with untrusted(BadPublication, f"{file.path.name} names no pages", hint=HINT):
        body = json_object(file.read())
        if body["format"] != LEDGER_FORMAT:
            raise ValueError(f"format {body['format']!r} is not {LEDGER_FORMAT}")
        folder = file.path.parent
        pages = tuple(LedgerPage(_file(folder, *place), *rest) for place, *rest in body["pages"])
        lookup = _file(folder, *body["lookup"]) if body["lookup"] else None
    return PublishedLedger(int(body["entries"]), body["head"], pages, lookup)


def last_ledger(supplements: Holder[Supplements]) -> LastGood[PublishedLedger]:
    """The newest list of pages that can be trusted; an empty one before the first."""
    return LastGood(
        load=lambda: read_ledger(supplements.get()),
        stamp=lambda: (supplements.get().digest, supplements.get().sha256_of(LEDGER)),
    )


def _published(folder: Path) -> PublishedLedger:
    try:
        return read_ledger(read_supplements(folder))
    except BadPublication:
        return PublishedLedger()  # written anew


def _continued(pages: Sequence[LedgerPage], entries: Entries) -> tuple[LedgerPage, ...]:
    """``pages`` where the store goes on from the last of them; none where it is another chain."""
    if not pages:
        return ()
    last = next(iter(entries(pages[-1].last - 1)), None)
    return tuple(pages) if last is not None and last.hash == pages[-1].head else ()


def _written(folder: Path, entries: Iterable[LedgerEntry]) -> Iterator[LedgerPage]:
    for _, group in groupby(entries, key=lambda entry: (entry.seq - 1) // ENTRIES_A_PAGE):
        page = list(group)
        data = "".join(f"{entry.body}\n" for entry in page).encode()
        yield LedgerPage(put_file(folder, PAGES, data, "jsonl"), page[0].seq, page[-1].seq, page[-1].hash)


def _lookup(folder: Path, full: Sequence[LedgerPage], entries: Entries) -> Supplement | None:
    if not full:
        return None
    last = full[-1].last
    keys = bytearray()
    for entry in entries(0):
        if entry.seq > last:
            break
        keys += bytes.fromhex(entry.hash)[:KEY] + _match_key(entry.content["match"])
    return put_file(folder, LOOKUP, bytes(keys), "bin")


def _match_key(match_id: str) -> bytes:
    return hashlib.sha256(match_id.encode()).digest()[:KEY]


def _plain(ledger: PublishedLedger) -> dict[str, Any]:
    return {
        "format": LEDGER_FORMAT,
        "entries": ledger.entries,
        "head": ledger.head,
        "pages": [[_place(page.file), page.first, page.last, page.head] for page in ledger.pages],
        "lookup": _place(ledger.lookup) if ledger.lookup else None,
    }


def _place(file: Supplement) -> list[Any]:
    return [file.path.name, file.sha256, file.size]


def _file(folder: Path, name: str, sha256: str, size: int) -> Supplement:
    return Supplement(folder / Path(name).name, sha256, size)

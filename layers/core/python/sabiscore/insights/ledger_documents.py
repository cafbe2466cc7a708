"""The documents of the public ledger: pages of entries, and one entry with what proves it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from sabiscore.insights.document import Document, Freshness
from sabiscore.insights.track_record import Anchor


class EntryRef(Document):
    """An entry by its number and hash."""

    seq: int = Field(ge=1)
    hash: str = Field(description="SHA-256 of the entry's `body`, in hex.")


class LedgerEntryView(Document):
    """One link of the chain: `hash` is the SHA-256 of `body` in UTF-8, as it stands."""

    seq: int = Field(ge=1)
    hash: str
    body: str = Field(description="The very text that was hashed. It is JSON, and names the hash before it.")
    entry: dict[str, Any] = Field(description="What `body` says.")
    href: str = Field(examples=["/api/v1/ledger/812"])


class LedgerPageView(Document):
    """Entries of the ledger, in the order asked for."""

    entries: tuple[LedgerEntryView, ...]
    count: int = Field(ge=0)
    head: EntryRef | None = Field(description="The newest entry of the ledger; null before the first.")
    next: str | None = Field(
        description="Where the entries after these are; null at the end. With `league` a page may hold fewer "
        "entries than `limit`, or none, and more may still follow."
    )
    freshness: Freshness
    generated_at: datetime
    simulated: bool
    rehearsal: bool
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")


class LedgerProof(Document):
    """One entry, and what shows that it is the one that was published."""

    entry: LedgerEntryView
    previous: EntryRef | None = Field(
        description="The entry before it, which `body` names; null for the first."
    )
    settles: EntryRef | None = Field(description="The sealed prediction that this entry settles.")
    head: EntryRef
    anchor: Anchor | None = Field(
        description="The head that was published on the first day that ended with this entry in the ledger."
    )
    chain_href: str = Field(
        description="The texts from this entry on, to follow the chain to the anchor or head."
    )
    freshness: Freshness
    generated_at: datetime
    simulated: bool
    rehearsal: bool
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")

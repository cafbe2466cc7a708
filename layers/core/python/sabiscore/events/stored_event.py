"""An event as the outbox keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """``body`` is the text that is sent; ``published_at`` is None until every consumer has had it."""

    seq: int
    id: str
    kind: str
    match_id: str
    at: datetime
    body: str
    published_at: datetime | None = None

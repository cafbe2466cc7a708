"""Which entries of the ledger are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

Order = Literal["oldest", "newest"]

LEDGER = "/api/v1/ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerQuery:
    """Entries beyond ``cursor``, in ``order``; of one league or match only where they are named."""

    cursor: int | None = None
    limit: int = 50
    order: Order = "oldest"
    league: str | None = None
    match_id: str | None = None

    @property
    def name(self) -> str:
        """What differs for every other query."""
        return f"{self.cursor}/{self.limit}/{self.order}/{self.league}/{self.match_id}"

    def after(self, cursor: int, *, lines: bool) -> str:
        """The target of the same query beyond ``cursor``."""
        given = {
            "cursor": cursor,
            "limit": self.limit,
            "order": self.order if self.order != "oldest" else None,
            "league": self.league,
            "match": self.match_id,
            "format": "jsonl" if lines else None,
        }
        return f"{LEDGER}?{urlencode({name: value for name, value in given.items() if value is not None})}"

"""Whether a ledger is what it was when each entry was added."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sabiscore.errors import BrokenLedger
from sabiscore.ledger.entry import GENESIS, LedgerEntry, hash_of


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain without a fault: how many entries of each kind, and the hash of the last."""

    sealed: int
    settled: int
    head: str

    @property
    def entries(self) -> int:
        return self.sealed + self.settled


def verify(entries: Iterable[LedgerEntry]) -> Verified:
    """The whole chain, from its first entry. Raises BrokenLedger naming the first entry at fault.

    Checked are: each text against its hash, each link to the entry before, the numbering, that
    predictions were sealed before kick-off, and that what is settled was sealed.
    """
    head, counts, seals = GENESIS, {"sealed": 0, "settled": 0}, set[str]()
    for number, entry in enumerate(entries, start=1):
        content = _verified_content(entry, number, head)
        if content["kind"] == "sealed":
            _require(
                _at(content["sealed_at"]) < _at(content["kickoff_at"]), number, "was sealed after kick-off"
            )
            seals.add(entry.hash)
        else:
            _require(content["seal"] in seals, number, "settles what was never sealed")
        counts[content["kind"]] += 1
        head = entry.hash
    return Verified(counts["sealed"], counts["settled"], head)


def _verified_content(entry: LedgerEntry, number: int, head: str) -> dict[str, Any]:
    _require(hash_of(entry.body) == entry.hash, number, "was altered: its text has another hash")
    try:
        content: dict[str, Any] = json.loads(entry.body)
        kind, previous, seq = content["kind"], content["previous"], content["seq"]
    except (ValueError, KeyError, TypeError):
        raise BrokenLedger(f"Entry {number} of the ledger is no entry.", hint=_HINT) from None
    _require(previous == head, number, "does not follow the entry before it")
    _require(seq == entry.seq == number, number, "is numbered wrongly")
    _require(kind in ("sealed", "settled"), number, "is of no known kind")
    return content


_HINT = "Compare it with a copy that was exported, and with the heads that were published each day."


def _require(holds: bool, number: int, fault: str) -> None:
    if not holds:
        raise BrokenLedger(f"Entry {number} of the ledger {fault}.", hint=_HINT)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""Whether a ledger is what it was when each entry was added, and when each of its heads was published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sabiscore.errors import BrokenLedger
from sabiscore.ledger.entry import GENESIS, LedgerEntry, hash_of
from sabiscore.untrusted import json_object, untrusted


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain without a fault: how many entries of each kind, and the hash of the last."""

    sealed: int
    settled: int
    head: str

    @property
    def entries(self) -> int:
        return self.sealed + self.settled


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """The hash of the entry that was the newest when it was published, as ``where`` says.

    ``entries`` is how many there were then, which is its number; None where that was not published.
    """

    head: str
    where: str
    entries: int | None = None


def verify(entries: Iterable[LedgerEntry], heads: Iterable[PublishedHead] = ()) -> Verified:
    """The whole chain, from its first entry. Raises BrokenLedger naming the first entry at fault.

    Checked are: each text against its hash, each link to the entry before, the numbering, that predictions
    were sealed before kick-off, that what is settled was sealed, and that each of ``heads`` is in the chain
    where it was: a chain that was cut is whole in itself.
    """
    head, counts, seals = GENESIS, {"sealed": 0, "settled": 0}, set[str]()
    wanted = [published for published in heads if published.head != GENESIS]
    placed = {published.head: 0 for published in wanted}
    for number, entry in enumerate(entries, start=1):
        content = _verified_content(entry, number, head)
        if content["kind"] == "sealed":
            seals.add(entry.hash)
        else:
            _require(content["seal"] in seals, number, "settles what was never sealed")
        counts[content["kind"]] += 1
        head = entry.hash
        if head in placed:
            placed[head] = number
    for published in wanted:
        _require_published(published, placed[published.head])
    return Verified(counts["sealed"], counts["settled"], head)


def _verified_content(entry: LedgerEntry, number: int, head: str) -> dict[str, Any]:
    with untrusted(BrokenLedger, f"Entry {number} of the ledger is no entry", hint=_HINT):
        _require(hash_of(entry.body) == entry.hash, number, "was altered: its text has another hash")
        content = json_object(entry.body)
        _require(content["previous"] == head, number, "does not follow the entry before it")
        _require(content["seq"] == entry.seq == number, number, "is numbered wrongly")
        _require(content["kind"] in ("sealed", "settled"), number, "is of no known kind")
        if content["kind"] == "sealed":
            is_early = _at(content["sealed_at"]) < _at(content["kickoff_at"])
            _require(is_early, number, "was sealed after kick-off")
        else:
            _require(isinstance(content["seal"], str), number, "settles nothing")
    return content


_HINT = "Compare it with a copy that was exported, and with the heads that were published each day."
_CUT_HINT = "Entries are missing or replaced: compare it with the newest backup, restored elsewhere."


def _require(holds: bool, number: int, fault: str) -> None:
    if not holds:
        raise BrokenLedger(f"Entry {number} of the ledger {fault}.", hint=_HINT)


def _require_published(published: PublishedHead, number: int) -> None:
    if number and published.entries in (None, number):
        return
    raise BrokenLedger(
        f"The ledger is not the one whose head was published {published.where}.", hint=_CUT_HINT
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

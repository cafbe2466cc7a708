"""Whether a ledger is what it was when each entry was added, and when each of its heads was published."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sabiscore.errors import BrokenLedger
from sabiscore.ledger.entry import GENESIS, LedgerEntry, hash_of
from sabiscore.untrusted import json_object, untrusted


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain without a fault: how many entries of each kind, and the hash of the last.

    ``before`` are those before the first that was looked at, which were verified earlier.
    """

    sealed: int
    settled: int
    head: str
    before: int = 0

    @property
    def entries(self) -> int:
        return self.before + self.sealed + self.settled


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
    return _followed(entries, Verified(0, 0, GENESIS), heads, lambda _: False)


def verify_since(
    anchor: PublishedHead,
    entries: Iterable[LedgerEntry],
    heads: Iterable[PublishedHead] = (),
    *,
    was_sealed: Callable[[str], bool],
) -> Verified:
    """The chain from the entry ``anchor`` on, up to which it was verified. Raises BrokenLedger as ``verify``.

    ``entries`` begins with that one, whose number ``anchor`` gives and which must still be there unaltered.
    ``was_sealed`` says of a hash whether it is of a seal up to it, ``heads`` were published after it.
    """
    following = iter(entries)
    first = next(following, None)
    if first is None or anchor.entries is None or first.hash != anchor.head:
        raise _not_the_one(anchor)
    _verified_content(first, anchor.entries, None)
    verified = Verified(0, 0, anchor.head, before=anchor.entries)
    return _followed(following, verified, heads, was_sealed)


def _followed(
    entries: Iterable[LedgerEntry],
    verified: Verified,
    heads: Iterable[PublishedHead],
    was_sealed: Callable[[str], bool],
) -> Verified:
    """``verified`` and then ``entries``, which follow it."""
    head, counts, seals = verified.head, {"sealed": 0, "settled": 0}, set[str]()
    wanted = [published for published in heads if published.head != GENESIS]
    placed = {published.head: 0 for published in wanted}
    for number, entry in enumerate(entries, start=verified.entries + 1):
        content = _verified_content(entry, number, head)
        if content["kind"] == "sealed":
            seals.add(entry.hash)
        else:
            seal = content["seal"]
            _require(seal in seals or was_sealed(seal), number, "settles what was never sealed")
        counts[content["kind"]] += 1
        head = entry.hash
        if head in placed:
            placed[head] = number
    for published in wanted:
        if not placed[published.head] or published.entries not in (None, placed[published.head]):
            raise _not_the_one(published)
    return Verified(counts["sealed"], counts["settled"], head, before=verified.before)


def _verified_content(entry: LedgerEntry, number: int, head: str | None) -> dict[str, Any]:
    """What the entry says, which follows the one of the hash ``head``; None where that is not known."""
    with untrusted(BrokenLedger, f"Entry {number} of the ledger is no entry", hint=_HINT):
        _require(hash_of(entry.body) == entry.hash, number, "was altered: its text has another hash")
        content = json_object(entry.body)
        _require(head in (None, content["previous"]), number, "does not follow the entry before it")
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


def _not_the_one(published: PublishedHead) -> BrokenLedger:
    return BrokenLedger(
        f"The ledger is not the one whose head was published {published.where}.", hint=_CUT_HINT
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

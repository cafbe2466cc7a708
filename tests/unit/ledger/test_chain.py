"""A chain holds when each link does; whatever was done to one, the first entry at fault is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sabiscore.errors import BrokenLedger
from sabiscore.ledger.chain import PublishedHead, verify
from sabiscore.ledger.entry import GENESIS, LedgerEntry, hash_of, sealed_entry, settled_entry
from tests.unit.ledger.test_entry import AFTER, BEFORE, OUTCOME, SEAL


def chain(*kinds: str) -> list[LedgerEntry]:
    """Entries of ``kinds``; each that settles is of the first that was sealed."""
    entries: list[LedgerEntry] = []
    for seq, kind in enumerate(kinds, start=1):
        previous = entries[-1].hash if entries else GENESIS
        if kind == "sealed":
            entries.append(sealed_entry(seq, previous, replace(SEAL, match_id=f"match-{seq}"), BEFORE))
        else:
            entries.append(settled_entry(seq, previous, replace(OUTCOME, seal=entries[0].hash), AFTER))
    return entries


WHOLE = chain("sealed", "sealed", "settled", "sealed")


def rewritten(entry: LedgerEntry, **members: Any) -> LedgerEntry:
    """``entry`` with other members and the hash of what it then says."""
    body = json.dumps({**entry.content, **members})
    return LedgerEntry(entry.seq, hash_of(body), body)


def fault(entries: list[LedgerEntry], *heads: PublishedHead) -> BrokenLedger:
    with pytest.raises(BrokenLedger) as broken:
        verify(entries, heads)
    return broken.value


def test_a_whole_chain_is_counted_and_ends_in_its_head() -> None:
    verified = verify(WHOLE)
    assert (verified.sealed, verified.settled, verified.entries) == (3, 1, 4)
    assert verified.head == WHOLE[-1].hash


def test_a_ledger_without_an_entry_is_whole() -> None:
    verified = verify([])
    assert (verified.entries, verified.head) == (0, GENESIS)


FAULTS: dict[str, tuple[Callable[[], list[LedgerEntry]], str]] = {
    "another text": (
        lambda: [WHOLE[0], replace(WHOLE[1], body=WHOLE[1].body.replace("0.5", "0.6"))],
        "Entry 2 of the ledger was altered: its text has another hash.",
    ),
    "the first is gone": (lambda: WHOLE[1:], "Entry 1 of the ledger does not follow the entry before it."),
    "one is gone": (
        lambda: [WHOLE[0], *WHOLE[2:]],
        "Entry 2 of the ledger does not follow the entry before it.",
    ),
    "another number in the row": (
        lambda: [WHOLE[0], replace(WHOLE[1], seq=3)],
        "Entry 2 of the ledger is numbered wrongly.",
    ),
    "another number in the text": (
        lambda: [WHOLE[0], rewritten(WHOLE[1], seq=3)],
        "Entry 2 of the ledger is numbered wrongly.",
    ),
    "another number in both": (
        lambda: [WHOLE[0], replace(rewritten(WHOLE[1], seq=3), seq=3)],
        "Entry 2 of the ledger is numbered wrongly.",
    ),
    "a kind of its own": (
        lambda: [rewritten(WHOLE[0], kind="undone")],
        "Entry 1 of the ledger is of no known kind.",
    ),
    "sealed at kick-off": (
        lambda: [rewritten(WHOLE[0], sealed_at=WHOLE[0].content["kickoff_at"])],
        "Entry 1 of the ledger was sealed after kick-off.",
    ),
    "settles a number": (
        lambda: [WHOLE[0], WHOLE[1], rewritten(WHOLE[2], seal=1)],
        "Entry 3 of the ledger settles nothing.",
    ),
    "settles what is none of its own": (
        lambda: [WHOLE[0], WHOLE[1], rewritten(WHOLE[2], seal="ab" * 32)],
        "Entry 3 of the ledger settles what was never sealed.",
    ),
}


@pytest.mark.parametrize("of", FAULTS)
def test_the_first_entry_at_fault_is_named(of: str) -> None:
    entries, sentence = FAULTS[of]
    broken = fault(entries())
    assert str(broken) == sentence
    assert "heads that were published" in broken.hint


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"seq":1}', "[" * 100_000], ids=["empty", "list", "cut", "bare", "deep"]
)
def test_a_text_that_is_no_entry_is_named(body: str) -> None:
    broken = fault([LedgerEntry(1, hash_of(body), body)])
    assert str(broken).startswith("Entry 1 of the ledger is no entry")
    assert "heads that were published" in broken.hint


def test_a_settled_entry_may_not_come_before_the_sealed() -> None:
    entry = settled_entry(1, GENESIS, replace(OUTCOME, seal=WHOLE[0].hash), AFTER)
    assert str(fault([entry])) == "Entry 1 of the ledger settles what was never sealed."


def test_an_instant_before_kick_off_is_early_enough() -> None:
    kickoff = SEAL.kickoff_at
    entry = sealed_entry(1, GENESIS, SEAL, kickoff - timedelta(microseconds=1))
    assert verify([entry]).sealed == 1


def test_heads_are_found_where_they_were_published() -> None:
    heads = [PublishedHead(entry.hash, "on Monday", entry.seq) for entry in WHOLE]
    unnumbered = [PublishedHead(entry.hash, "on Monday") for entry in WHOLE]
    assert verify(WHOLE, [*heads, *unnumbered, PublishedHead(GENESIS, "before the first")]).entries == 4


@pytest.mark.parametrize("entries", [None, 4])
def test_a_chain_that_was_cut_lacks_its_head(entries: int | None) -> None:
    broken = fault(WHOLE[:3], PublishedHead(WHOLE[3].hash, "on Monday", entries))
    assert str(broken) == "The ledger is not the one whose head was published on Monday."
    assert "newest backup" in broken.hint


def test_a_head_is_where_it_was_and_nowhere_else() -> None:
    assert "on Monday" in str(fault(WHOLE, PublishedHead(WHOLE[1].hash, "on Monday", 3)))


def test_of_several_heads_the_missing_is_named() -> None:
    there, gone = PublishedHead(WHOLE[0].hash, "on Monday", 1), PublishedHead("ab" * 32, "on Tuesday", 9)
    assert "on Tuesday" in str(fault(WHOLE, there, gone))

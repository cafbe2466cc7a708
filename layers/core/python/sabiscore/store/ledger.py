"""The ledger in the store: one chain for the whole fleet, which only ever grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from sabiscore.ledger.entry import GENESIS, LedgerEntry, Seal, SettledOutcome, sealed_entry, settled_entry
from sabiscore.store import statements
from sabiscore.store.outbox import record_entries
from sabiscore.store.schedule_tables import ledger
from sabiscore.store.session import Database
from sabiscore.store.sql import parts

ENTRIES_A_PAGE = 1_000
RESULT = "result"
"""The stage of an entry that settles."""

Key = tuple[str, str, str, str, datetime]
Beside = Callable[[Connection, Sequence[Seal]], None]

_NEWEST = select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)
_KEYS = select(ledger.c.match_id, ledger.c.kind, ledger.c.bundle, ledger.c.stage, ledger.c.kickoff_at).where(
    ledger.c.match_id.in_(bindparam("ids", expanding=True))
)


class Ledger:
    """Appends to the chain and reads it; what is in it can no longer be changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seal(self, seals: Iterable[Seal], at: datetime, beside: Beside | None = None) -> int:
        """How many of ``seals`` were added: those whose match, bundle, stage and kick-off are not there yet.

        ``beside`` is handed those in the same transaction. Raises ValueError, and adds nothing, when one of
        them has kicked off at ``at``.
        """
        wanted: dict[Key, Seal] = {(s.match_id, "sealed", s.bundle, s.stage, s.kickoff_at): s for s in seals}
        return self._append(wanted, lambda seq, head, seal: sealed_entry(seq, head, seal, at), at, beside)

    def settle(self, outcomes: Iterable[SettledOutcome], at: datetime) -> int:
        """How many of ``outcomes`` were added: those that settle what is not settled yet."""
        wanted: dict[Key, SettledOutcome] = {
            (o.match_id, "settled", o.bundle, RESULT, o.kickoff_at): o for o in outcomes
        }
        return self._append(wanted, lambda seq, head, outcome: settled_entry(seq, head, outcome, at), at)

    def entries(self, after: int = 0) -> Iterator[LedgerEntry]:
        """The entries from number ``after`` + 1 on, in pages, so that a long ledger needs little memory."""
        columns = (
            select(ledger.c.seq, ledger.c.hash, ledger.c.body).order_by(ledger.c.seq).limit(ENTRIES_A_PAGE)
        )
        while True:
            with self._database.transaction() as connection:
                page = connection.execute(columns.where(ledger.c.seq > after)).all()
            yield from (LedgerEntry(*row) for row in page)
            if len(page) < ENTRIES_A_PAGE:
                return
            after = page[-1].seq

    def head(self) -> str | None:
        """The hash of the newest entry; None before the first."""
        with self._database.transaction() as connection:
            newest = _newest(connection)
        return newest.hash if newest else None

    def unsettled(self, before: datetime) -> dict[tuple[str, str], LedgerEntry]:
        """By match and bundle, the last seal of what kicked off before ``before`` and is not settled.

        A match that was moved has seals of more than one kick-off; the latest kick-off counts.
        """
        other = ledger.alias()
        same = (other.c.match_id == ledger.c.match_id) & (other.c.bundle == ledger.c.bundle)
        settled = select(other.c.seq).where(same, other.c.kind == "settled").exists()
        order = (ledger.c.kickoff_at, ledger.c.at, ledger.c.seq)
        open_seals = select(ledger).where(ledger.c.kind == "sealed", ~settled).order_by(*order)
        with self._database.transaction() as connection:
            found = connection.execute(open_seals).all()
        last = {(row.match_id, row.bundle): row for row in found}
        return {
            key: LedgerEntry(row.seq, row.hash, row.body)
            for key, row in last.items()
            if row.kickoff_at < before
        }

    def sealed(self, match_ids: Iterable[str]) -> set[tuple[str, str]]:
        """Match and bundle of every seal of ``match_ids``, settled or not."""
        found: set[tuple[str, str]] = set()
        with self._database.transaction() as connection:
            for some in parts(sorted(set(match_ids))):
                rows = connection.execute(_KEYS, {"ids": some}).all()
                found |= {(row.match_id, row.bundle) for row in rows if row.kind == "sealed"}
        return found

    def _append(
        self,
        wanted: Mapping[Key, Any],
        make: Callable[[int, str, Any], LedgerEntry],
        at: datetime,
        beside: Beside | None = None,
    ) -> int:
        if not wanted:
            return 0
        with self._database.transaction() as connection:
            statements.lock(connection)  # one appends at a time; the unique link guards what this would miss
            present = _present(connection, wanted)
            new = [(key, seal) for key, seal in wanted.items() if key not in present]
            newest = _newest(connection)
            seq, head = (newest.seq, newest.hash) if newest else (0, GENESIS)
            rows, made = [], []
            for key, seal in sorted(new, key=lambda item: (item[0][4], item[0][:4])):
                entry = make(seq + 1, head, seal)
                rows.append(_row(key, entry, head, at))
                made.append(entry)
                seq, head = entry.seq, entry.hash
            if rows:
                connection.execute(insert(ledger), rows)
            if rows and beside is not None:
                beside(connection, [seal for _, seal in new])
            record_entries(connection, made, at)
        return len(rows)


def _newest(connection: Connection) -> Row[int, str] | None:
    return connection.execute(_NEWEST).first()


def _present(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    found: set[Key] = set()
    for some in parts(sorted({key[0] for key in keys})):
        rows = connection.execute(_KEYS, {"ids": some})
        found |= {(row[0], row[1], row[2], row[3], row[4]) for row in rows}
    return found


def _row(key: Key, entry: LedgerEntry, previous: str, at: datetime) -> dict[str, Any]:
    match_id, kind, bundle, stage, kickoff_at = key
    return {
        "seq": entry.seq,
        "kind": kind,
        "match_id": match_id,
        "bundle": bundle,
        "stage": stage,
        "kickoff_at": kickoff_at.astimezone(UTC),
        "at": at,
        "previous": previous,
        "hash": entry.hash,
        "body": entry.body,
    }

"""The ledger in the store: one chain for the whole fleet, which only ever grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, union_all

from sabiscore.errors import BrokenLedger
from sabiscore.ledger.chain import PublishedHead
from sabiscore.ledger.entry import GENESIS, LedgerEntry, Seal, SettledOutcome, sealed_entry, settled_entry
from sabiscore.store import statements
from sabiscore.store.outbox import record_entries
from sabiscore.store.schedule_tables import ledger, open_seals
from sabiscore.store.session import Database
from sabiscore.store.sql import parts
from sabiscore.store.tables import meta
from sabiscore.untrusted import json_object, untrusted

ENTRIES_A_PAGE = 1_000
MOST_ENTRIES = 2**31 - 1
"""The largest limit that every database takes."""
RESULT = "result"
"""The stage of an entry that settles."""

HEAD = "ledger_head"
"""The fact that names the newest entry: how many there are, and the first digits of its hash."""
HEAD_DIGITS = 28

Key = tuple[str, str, str, str, datetime]
Beside = Callable[[Connection, Sequence[Seal]], None]

_ENTRY = select(ledger.c.seq, ledger.c.hash, ledger.c.body)
_NEWEST = select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)
_ADDED_LAST = select(meta.c.value).where(meta.c.name == HEAD)
_KEYS = select(ledger.c.match_id, ledger.c.kind, ledger.c.bundle, ledger.c.stage, ledger.c.kickoff_at).where(
    ledger.c.match_id.in_(bindparam("ids", expanding=True))
)
_SEAL = select(ledger.c.seq).where(ledger.c.hash == bindparam("digest"), ledger.c.kind == "sealed")
_SETTLED = ledger.alias()
_IS_OPEN = (ledger.c.kind == "sealed") & ~select(_SETTLED.c.seq).where(
    _SETTLED.c.match_id == ledger.c.match_id,
    _SETTLED.c.kind == "settled",
    _SETTLED.c.bundle == ledger.c.bundle,
).exists()
_OPEN = (
    select(ledger)
    # Of a join SQLite, which knows of no row how many there are, walks through the ledger.
    .where(ledger.c.seq.in_(select(open_seals.c.seq)))
    .order_by(ledger.c.kickoff_at, ledger.c.at, ledger.c.seq)
)
# One statement: what is appended between two of them would look like a difference.
_OUT_OF_STEP = union_all(
    select(ledger.c.seq).where(
        ledger.c.seq > bindparam("after"), _IS_OPEN, ledger.c.seq.not_in(select(open_seals.c.seq))
    ),
    select(open_seals.c.seq).where(
        ~select(ledger.c.seq)
        .where(
            _IS_OPEN,
            ledger.c.seq == open_seals.c.seq,
            ledger.c.match_id == open_seals.c.match_id,
            ledger.c.bundle == open_seals.c.bundle,
        )
        .exists()
    ),
).limit(1)


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

    def continue_with(self, entries: Iterable[LedgerEntry]) -> int:
        """How many of ``entries``, sealed and published once, were put after the newest one here.

        Those that are here already are passed over, and nothing is announced again. Raises BrokenLedger, and
        adds nothing, for one that does not follow the one before it.
        """
        with self._database.transaction() as connection:
            statements.lock(connection)
            newest = _newest(connection)
            seq, head = (newest.seq, newest.hash) if newest else (0, GENESIS)
            rows = []
            for entry in entries:
                if entry.seq <= seq:
                    continue
                if entry.seq != seq + 1 or entry.content["previous"] != head:
                    raise BrokenLedger(
                        f"Entry {entry.seq} that was published does not follow entry {seq} of this ledger.",
                        hint="The backup is of another ledger than the publication: restore another one.",
                    )
                rows.append(_row(entry))
                seq, head = entry.seq, entry.hash
            if rows:
                connection.execute(insert(ledger), rows)
            if seq:
                statements.put(connection, HEAD, _mark(seq, head))
        return len(rows)

    def entries(self, after: int = 0) -> Iterator[LedgerEntry]:
        """The entries from number ``after`` + 1 on, in pages, so that a long ledger needs little memory."""
        for row in self._rows(after, _ENTRY):
            yield LedgerEntry(row.seq, row.hash, row.body)

    def newest(self, count: int) -> list[LedgerEntry]:
        """The last ``count`` entries, oldest first."""
        wanted = _ENTRY.order_by(ledger.c.seq.desc())
        with self._database.transaction() as connection:
            found = connection.execute(wanted.limit(min(count, MOST_ENTRIES))).all()
        return [LedgerEntry(row.seq, row.hash, row.body) for row in reversed(found)]

    def checked_entries(self, after: int = 0) -> Iterator[LedgerEntry]:
        """The entries from number ``after`` + 1 on, each row looked at: its columns are what its text says.

        The columns are what queries decide by. Raises BrokenLedger, also where the entry that was added last
        is not there any more.
        """
        with self._database.transaction() as connection:
            _require_last(connection)
        for row in self._rows(after, select(ledger)):
            entry = LedgerEntry(row.seq, row.hash, row.body)
            yield entry  # the chain is verified first: only a text with the right hash is worth comparing
            _require_columns(row, entry)

    def was_sealed(self, digest: str, last: int) -> bool:
        """Whether the entry with the hash ``digest`` is a seal, and none after number ``last``."""
        with self._database.transaction() as connection:
            found = connection.scalar(_SEAL, {"digest": digest})
        return found is not None and found <= last

    def require_open_seals(self, after: int = 0) -> None:
        """Raises BrokenLedger where the table of open seals, which ``unsettled`` reads, is not what the
        ledger says: of each seal in that table, and of each after number ``after`` that is open."""
        with self._database.transaction() as connection:
            wrong = connection.scalar(_OUT_OF_STEP, {"after": after})
        if wrong is not None:
            raise BrokenLedger(
                f"The open seals are not those of the ledger: they differ at entry {wrong}.",
                hint="The chain itself holds. Restore its newest backup into a database of its own: "
                "that makes the open seals anew.",
            )

    def require(self, heads: Iterable[PublishedHead]) -> None:
        """Raises BrokenLedger where one of ``heads`` is no entry: nothing may be added to such a chain."""
        wanted = {published.head: published for published in heads if published.head != GENESIS}
        with self._database.transaction() as connection:
            present = {
                found
                for some in parts(sorted(wanted))
                for found in connection.scalars(select(ledger.c.hash).where(ledger.c.hash.in_(some)))
            }
        for missing in wanted.keys() - present:
            raise BrokenLedger(
                f"The ledger is not the one whose head was published {wanted[missing].where}.",
                hint=_LOST_HINT,
            )

    def _rows(self, after: int, columns: Select[Any]) -> Iterator[Row[Any]]:
        page_of = columns.order_by(ledger.c.seq).limit(ENTRIES_A_PAGE)
        while True:
            with self._database.transaction() as connection:
                page = connection.execute(page_of.where(ledger.c.seq > after)).all()
            yield from page
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

        A match that was moved has seals of more than one kick-off; the latest kick-off counts. What it
        costs follows what is open, not the length of the ledger.
        """
        with self._database.transaction() as connection:
            found = connection.execute(_OPEN).all()
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

    def of(self, match_ids: Iterable[str]) -> list[LedgerEntry]:
        """The entries about ``match_ids``, oldest first."""
        found: list[LedgerEntry] = []
        with self._database.transaction() as connection:
            for some in parts(sorted(set(match_ids))):
                rows = connection.execute(select(ledger).where(ledger.c.match_id.in_(some))).all()
                found += [LedgerEntry(row.seq, row.hash, row.body) for row in rows]
        return sorted(found, key=lambda entry: entry.seq)

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
            _require_last(connection)
            newest = _newest(connection)
            seq, head = (newest.seq, newest.hash) if newest else (0, GENESIS)
            rows, made = [], []
            for _, seal in sorted(new, key=lambda item: (item[0][4], item[0][:4])):
                entry = make(seq + 1, head, seal)
                rows.append(_row(entry))
                made.append(entry)
                seq, head = entry.seq, entry.hash
            if rows:
                connection.execute(insert(ledger), rows)
                statements.put(connection, HEAD, _mark(seq, head))
            if rows and beside is not None:
                beside(connection, [seal for _, seal in new])
            record_entries(connection, made, at)
        return len(rows)


def _newest(connection: Connection) -> Row[int, str] | None:
    return connection.execute(_NEWEST).first()


def _mark(seq: int, head: str) -> str:
    return f"{seq} {head[:HEAD_DIGITS]}"


def _require_last(connection: Connection) -> None:
    """Raises BrokenLedger where the entry that was added last is missing or another one."""
    added = connection.scalar(_ADDED_LAST)
    if added is None:
        return
    with untrusted(BrokenLedger, "The store does not say which entry was added last", hint=_LOST_HINT):
        number = int(added.split()[0])
    found = connection.scalar(select(ledger.c.hash).where(ledger.c.seq == number))
    if found is None or _mark(number, found) != added:
        raise BrokenLedger(
            f"The ledger has lost entry {number}, which was added last, or holds another one in its place.",
            hint=_LOST_HINT,
        )


_LOST_HINT = "Restore the newest backup into a database of its own and compare; nothing is added to this one."


def _require_columns(row: Row[Any], entry: LedgerEntry) -> None:
    fault = f"Entry {entry.seq} of the ledger was altered: its columns are not what its text says"
    with untrusted(BrokenLedger, fault, hint="Its text is what was hashed; restore its row from a backup."):
        for name, value in _columns(json_object(entry.body)).items():
            if getattr(row, name) != value:
                raise BrokenLedger(f"{fault} ({name}).", hint="Restore its row from the newest backup.")


def _columns(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the columns of an entry with this content are, ``seq``, ``hash`` and ``body`` excepted."""
    is_seal = content["kind"] == "sealed"
    return {
        "kind": content["kind"],
        "match_id": content["match"],
        "bundle": content["bundle"],
        "stage": content["stage"] if is_seal else RESULT,
        "kickoff_at": datetime.fromisoformat(content["kickoff_at"]),
        "at": datetime.fromisoformat(content["sealed_at" if is_seal else "settled_at"]),
        "previous": content["previous"],
    }


def _present(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    found: set[Key] = set()
    for some in parts(sorted({key[0] for key in keys})):
        rows = connection.execute(_KEYS, {"ids": some})
        found |= {(row[0], row[1], row[2], row[3], row[4]) for row in rows}
    return found


def _row(entry: LedgerEntry) -> dict[str, Any]:
    return {"seq": entry.seq, "hash": entry.hash, "body": entry.body, **_columns(entry.content)}

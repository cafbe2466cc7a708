"""Value bets taken on paper, each at the price that stood when it was found: one an outcome and bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from sabiscore.domain.odds import Outcome
from sabiscore.store import statements
from sabiscore.store.outbox import record_bets
from sabiscore.store.schedule_tables import bets
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into
from sabiscore.store.tables import meta

FACT = "settled_bets"
"""The fact of the store that names the settled bets in it: another name whenever some came or went."""
Key = tuple[str, Outcome, str]
"""Match, outcome and bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bet:
    """A value bet as it was found; ``seen_odds`` is the best price now, None since its edge is gone."""

    match_id: str
    outcome: Outcome
    bundle: str
    league: str
    kickoff_at: datetime
    opened_at: datetime
    book: str
    odds: float
    probability: float
    quality: str
    stake_fraction: float
    seen_odds: float | None
    settled_at: datetime | None = None
    won: bool | None = None
    close: float | None = None

    @property
    def key(self) -> Key:
        return self.match_id, self.outcome, self.bundle


_IN_ORDER = select(bets).order_by(bets.c.kickoff_at, bets.c.match_id, bets.c.outcome, bets.c.bundle)
_UNSETTLED = _IN_ORDER.where(bets.c.settled_at.is_(None))
_SETTLED = _IN_ORDER.where(bets.c.settled_at.is_not(None))
_NAMED = select(meta.c.value).where(meta.c.name == FACT)
_SETTLED_SPAN = select(func.count(bets.c.settled_at), func.min(bets.c.settled_at))


class BetStore:
    """The table of bets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, found: Iterable[Bet]) -> list[Bet]:
        """Those of ``found`` that are new; a bet found again keeps the price of the first time."""
        given = {bet.key: bet for bet in found}
        if not given:
            return []
        with self._database.transaction() as connection:
            put = insert_into(bets, connection.dialect.name).on_conflict_do_nothing()
            keys = put.returning(bets.c.match_id, bets.c.outcome, bets.c.bundle)
            added = connection.execute(keys, [_row(bet) for bet in given.values()]).all()
            new = [given[row[0], row[1], row[2]] for row in added]
            for bet in new:
                record_bets(connection, [(bet.key, None, bet.seen_odds)], bet.opened_at)
        return new

    def see(self, seen: Mapping[Key, float | None], at: datetime) -> None:
        """Notes the best price of each bet as of ``at``; None for one whose edge is gone."""
        rows = [{"m": m, "o": o, "b": b, "price_now": odds} for (m, o, b), odds in seen.items()]
        if not rows:
            return
        with self._database.transaction() as connection:
            before = _seen(connection, {key[0] for key in seen})
            connection.execute(_at_key().values(seen_odds=bindparam("price_now")), rows)
            known = [(key, before[key], odds) for key, odds in seen.items() if key in before]
            record_bets(connection, known, at)

    def settle(self, results: Mapping[Key, tuple[bool, float | None]], at: datetime) -> int:
        """How many bets were settled as (won, fair closing probability); settled ones stay as they are."""
        rows = [
            {"m": m, "o": o, "b": b, "is_won": won, "fair": close, "when": at}
            for (m, o, b), (won, close) in results.items()
        ]
        if not rows:
            return 0
        open_now = {bet.key for bet in self.unsettled()}
        wanted = [row for row in rows if (row["m"], row["o"], row["b"]) in open_now]
        if wanted:
            statement = _at_key().where(bets.c.settled_at.is_(None))
            values: dict[str, Any] = {
                "won": bindparam("is_won"),
                "close": bindparam("fair"),
                "settled_at": bindparam("when"),
            }
            with self._database.transaction() as connection:
                connection.execute(statement.values(values), wanted)
                statements.put(connection, FACT, uuid4().hex)
        return len(wanted)

    def unsettled(self) -> list[Bet]:
        """The bets whose match is not over, by kick-off."""
        return self._read(_UNSETTLED)

    def settled(self, since: datetime | None = None) -> list[Bet]:
        """The bets whose match is over, by kick-off; with ``since`` those settled then or later."""
        return self._read(_SETTLED if since is None else _SETTLED.where(bets.c.settled_at >= since))

    def settled_span(self) -> tuple[int, datetime | None]:
        """How many bets ``settled`` would give, and when the first of them was settled."""
        with self._database.transaction() as connection:
            count, oldest = connection.execute(_SETTLED_SPAN).one()
        return count, oldest

    def settled_name(self) -> str | None:
        """Differs whenever a bet was settled or archived, however many there are; None before the first."""
        with self._database.transaction() as connection:
            return connection.scalar(_NAMED)

    def forget(self, before: datetime, keep: Callable[[Sequence[Bet]], None]) -> list[Bet]:
        """The bets settled before ``before``, which are gone from here once ``keep`` has returned."""
        old = delete(bets).where(bets.c.settled_at < before).returning(bets)
        with self._database.transaction() as connection:
            gone = [_bet(row) for row in connection.execute(old).mappings()]
            keep(gone)
            if gone:
                statements.put(connection, FACT, uuid4().hex)
        return gone

    def _read(self, wanted: Select[Any]) -> list[Bet]:
        with self._database.transaction() as connection:
            found = connection.execute(wanted)
            names, rows = tuple(found.keys()), found.all()
        return [_bet(dict(zip(names, row, strict=True))) for row in rows]


def _seen(connection: Connection, match_ids: Iterable[str]) -> dict[Key, float | None]:
    """The best price of each bet on those matches that is not settled, as it was noted last."""
    columns = select(bets.c.match_id, bets.c.outcome, bets.c.bundle, bets.c.seen_odds)
    still = columns.where(bets.c.match_id.in_(sorted(match_ids)), bets.c.settled_at.is_(None))
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(still)}


def _at_key() -> Any:
    return update(bets).where(
        bets.c.match_id == bindparam("m"), bets.c.outcome == bindparam("o"), bets.c.bundle == bindparam("b")
    )


def _bet(row: Mapping[Any, Any]) -> Bet:
    return Bet(**row)


def _row(bet: Bet) -> dict[str, Any]:
    return {column.name: getattr(bet, column.name) for column in bets.c}

"""Every price that was ever seen of a match, as it was seen: rows are added, never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, select

from sabiscore.domain.match import Market
from sabiscore.store.newest_prices import NewestPrices, prices_held
from sabiscore.store.outbox import AVERAGE, MARKETS, Average, Place, record_moves
from sabiscore.store.schedule_tables import odds_snapshots
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into, parts
from sabiscore.store.tables import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One book's decimal odds in one market of a match, as quoted at ``quoted_at`` (aware UTC)."""

    match_id: str
    market: Market
    book: str
    odds: tuple[float, ...]
    quoted_at: datetime
    source: str
    fetched_at: datetime
    line: float | None = None


class Snapshots:
    """The table of prices seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest = NewestPrices()

    def add(self, snapshots: Iterable[Snapshot]) -> int:
        """How many of ``snapshots`` were new; one that is there already stays as it is."""
        given = sorted(snapshots, key=lambda snapshot: snapshot.quoted_at)
        rows = [_row(snapshot) for snapshot in given]
        averages = [
            Average(snapshot.match_id, cast("Any", snapshot.market), snapshot.quoted_at, snapshot.odds)
            for snapshot in given
            if snapshot.book == AVERAGE and snapshot.market in MARKETS
        ]
        if not given:
            return 0
        added: list[str] = []
        held = None
        with self._database.transaction() as connection:
            first = _first_averages(connection, [average.match_id for average in averages])
            # Rows as parameters: written into the statement they would be compiled anew each time.
            put = insert_into(odds_snapshots, connection.dialect.name).on_conflict_do_nothing()
            for part in parts(rows):
                added += connection.scalars(put.returning(odds_snapshots.c.match_id), list(part)).all()
            record_moves(connection, first, averages)
            if added:
                held = self._newest.changed(
                    connection, (max(snapshot.quoted_at, snapshot.fetched_at) for snapshot in given)
                )
        if added:
            self._newest.carry(held, added)
        return len(added)

    def latest(self, match_ids: Sequence[str], at: datetime) -> dict[str, list[Snapshot]]:
        """By match, each book's newest prices in each market that were quoted and fetched by ``at``."""
        with self._database.transaction() as connection:
            newest = self._newest.at(connection, at)
            new = [key for key in match_ids if key not in newest]
            found = _chosen(connection, _LATEST, new, at=at)
            newest |= {key: tuple(found.get(key, ())) for key in new}
            return {key: list(newest[key]) for key in match_ids if newest[key]}

    def opening(self, match_ids: Sequence[str], at: datetime) -> dict[str, list[Snapshot]]:
        """By match, the first prices of each book in each market known by ``at``."""
        with self._database.transaction() as connection:
            return _chosen(connection, _OPENING, match_ids, at=at)

    def held(self) -> str | None:
        """Another text whenever a price came or went, of whichever match; None where that is not known."""
        with self._database.transaction() as connection:
            return prices_held(connection)

    def counts(self, match_ids: Iterable[str]) -> dict[str, str]:
        """By match with prices, a text that differs whenever there are other prices of it."""
        t, found = odds_snapshots, dict[str, str]()
        chosen = select(t.c.match_id, func.count(), func.max(t.c.fetched_at), func.max(t.c.quoted_at))
        with self._database.transaction() as connection:
            for ids in parts(sorted(set(match_ids))):
                rows = connection.execute(chosen.where(t.c.match_id.in_(ids)).group_by(t.c.match_id)).all()
                found |= {row[0]: f"{row[1]} {row[2]} {row[3]}" for row in rows}
        return found

    def every(self, match_ids: Iterable[str]) -> dict[str, list[Snapshot]]:
        """By match, all prices that were seen of it, oldest first."""
        t, found = odds_snapshots, dict[str, list[Snapshot]]()
        with self._database.transaction() as connection:
            for ids in parts(sorted(set(match_ids))):
                chosen = select(t).where(t.c.match_id.in_(ids)).order_by(t.c.quoted_at, t.c.source)
                for row in connection.execute(chosen):
                    found.setdefault(row.match_id, []).append(_snapshot(row))
        return found

    def closing(self, kickoffs: Mapping[str, datetime]) -> dict[str, list[Snapshot]]:
        """By match, each book's last prices before its kick-off in ``kickoffs``."""
        found: dict[str, list[Snapshot]] = {}
        with self._database.transaction() as connection:
            for kickoff, ids in _by_instant(kickoffs).items():
                found |= _chosen(connection, _CLOSING, ids, at=kickoff)
        return found

    def forget(
        self, before: datetime, keep: Callable[[Sequence[Snapshot]], None] | None = None
    ) -> list[Snapshot]:
        """The prices quoted before ``before``, which are gone from here once ``keep`` has returned."""
        old = delete(odds_snapshots).where(odds_snapshots.c.quoted_at < before).returning(odds_snapshots)
        with self._database.transaction() as connection:
            gone = [_snapshot(row) for row in connection.execute(old)]
            if keep is not None:
                keep(gone)
            if gone:
                self._newest.changed(connection, ())
        self._newest.forget()  # matches that are long over too
        return gone


def _choice(pick: Any, *known: ColumnElement[bool]) -> Select[Any]:
    """The row of each book and market of the matches ``ids`` whose date ``pick`` picks of those ``known``."""
    t = odds_snapshots
    chosen = (
        select(t.c.match_id, t.c.market, t.c.book, pick(t.c.quoted_at).label("quoted_at"))
        .where(t.c.match_id.in_(bindparam("ids", expanding=True)), *known)
        .group_by(t.c.match_id, t.c.market, t.c.book)
        .subquery()
    )
    same = [t.c[name] == chosen.c[name] for name in ("match_id", "market", "book", "quoted_at")]
    # Two sources may quote a book at one instant: the first by name is taken, so that all agree.
    order = (t.c.match_id, t.c.market, t.c.book, t.c.source.desc())
    return select(t).join(chosen, and_(*same)).order_by(*order)


_AT = bindparam("at", type_=Instant())
_SEEN = odds_snapshots.c.fetched_at <= _AT, odds_snapshots.c.quoted_at <= _AT
_LATEST = _choice(func.max, *_SEEN)
_OPENING = _choice(func.min, *_SEEN)
_CLOSING = _choice(func.max, odds_snapshots.c.quoted_at < _AT)
_FIRST_AVERAGE = _choice(func.min, odds_snapshots.c.book == AVERAGE, odds_snapshots.c.market.in_(MARKETS))


def _chosen(
    connection: Connection, choice: Select[Any], match_ids: Iterable[str], **given: datetime
) -> dict[str, list[Snapshot]]:
    found: dict[str, list[Snapshot]] = {}
    for ids in parts(sorted(set(match_ids))):
        rows = connection.execute(choice, {"ids": list(ids), **given}).all()
        for row in {(row.match_id, row.market, row.book): row for row in rows}.values():
            found.setdefault(row.match_id, []).append(_snapshot(row))
    return found


def _first_averages(connection: Connection, match_ids: Iterable[str]) -> dict[Place, tuple[float, ...]]:
    """By match and market, the first average that was seen."""
    found = _chosen(connection, _FIRST_AVERAGE, match_ids)
    return {(snapshot.match_id, snapshot.market): snapshot.odds for of in found.values() for snapshot in of}


def _by_instant(kickoffs: Mapping[str, datetime]) -> dict[datetime, list[str]]:
    found: dict[datetime, list[str]] = {}
    for match_id, at in kickoffs.items():
        found.setdefault(at, []).append(match_id)
    return found


def _row(snapshot: Snapshot) -> dict[str, Any]:
    first, second, *rest = snapshot.odds
    return {
        "match_id": snapshot.match_id,
        "market": snapshot.market,
        "book": snapshot.book,
        "quoted_at": snapshot.quoted_at,
        "source": snapshot.source,
        "first": first,
        "second": second,
        "third": rest[0] if rest else None,
        "line": snapshot.line,
        "fetched_at": snapshot.fetched_at,
    }


def _snapshot(row: Any) -> Snapshot:
    odds = (row.first, row.second) if row.third is None else (row.first, row.second, row.third)
    market = cast("Market", row.market)
    return Snapshot(
        match_id=row.match_id,
        market=market,
        book=row.book,
        odds=odds,
        quoted_at=row.quoted_at,
        source=row.source,
        fetched_at=row.fetched_at,
        line=row.line,
    )

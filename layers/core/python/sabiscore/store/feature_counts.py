"""How the vectors of sealed predictions were spread, by bundle and day: counts only, never a vector."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from sabiscore.ledger.entry import Seal
from sabiscore.store.ledger import Beside
from sabiscore.store.schedule_tables import populations
from sabiscore.store.session import Database

COUNTS_KEPT_FOR = timedelta(days=180)
"""Longer than any summer."""


@dataclass(frozen=True, slots=True)
class FeatureCounts:
    """What ``seals`` sealed vectors came to: how many values in each bin, feature after feature."""

    seals: int
    counts: tuple[int, ...]


class FeatureCountStore:
    """The table of counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counting(self, places: Mapping[str, bytes], bins: int, at: datetime) -> Beside:
        """What the ledger does beside sealing: each new seal is counted in the transaction that adds it.

        So a seal and its count are both there or neither, whenever a run dies. ``places`` are, by match,
        the bins (of ``bins`` a feature) that the values of its vector fall into.
        """

        def count(connection: Connection, seals: Sequence[Seal]) -> None:
            mine = [seal for seal in seals if seal.match_id in places]
            for bundle in sorted({seal.bundle for seal in mine}):
                rows = [places[seal.match_id] for seal in mine if seal.bundle == bundle]
                _add(connection, bundle, rows, bins, at)

        return count

    def newest(self, bundle: str, least: int) -> FeatureCounts | None:
        """The newest whole days of ``bundle`` that hold ``least`` seals together, or all days if fewer."""
        statement = (
            select(populations).where(populations.c.bundle == bundle).order_by(populations.c.day.desc())
        )
        seals, counts = 0, list[int]()
        with self._database.transaction() as connection:
            for row in connection.execute(statement):
                fields = json.loads(row.counts)
                counts = [a + b for a, b in zip(counts, fields, strict=True)] if counts else fields
                seals += row.seals
                if seals >= least:
                    break
        return FeatureCounts(seals, tuple(counts)) if seals else None


def _add(connection: Connection, bundle: str, rows: Sequence[bytes], bins: int, at: datetime) -> None:
    """Adds ``rows`` to the counts of the day; who calls holds the lock of those who write."""
    day = at.astimezone(UTC).date()
    here = (populations.c.bundle == bundle) & (populations.c.day == day)
    found = connection.execute(select(populations).where(here)).first()
    counts = json.loads(found.counts) if found else [0] * (bins * len(rows[0]))
    for row in rows:
        for feature, place in enumerate(row):
            counts[feature * bins + place] += 1
    text = json.dumps(counts, separators=(",", ":"))
    if found:
        new = {"seals": found.seals + len(rows), "counts": text}
        connection.execute(update(populations).where(here).values(new))
    else:
        connection.execute(insert(populations).values(bundle=bundle, day=day, seals=len(rows), counts=text))
        connection.execute(delete(populations).where(populations.c.day < day - COUNTS_KEPT_FOR))

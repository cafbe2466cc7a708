"""The ledger on SQLite and on a real PostgreSQL: it grows, it never changes, and anybody can verify it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert

from sabiscore.errors import BrokenLedger, StoreUnavailable
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import GENESIS, Seal, SettledOutcome, sealed_entry, settled_entry
from sabiscore.pipeline.ledger_reader import LedgerReader, SettledLedger
from sabiscore.store.ledger import Ledger
from sabiscore.store.schedule_tables import ledger as table
from sabiscore.store.session import Database

KICKOFF = datetime(2025, 8, 16, 14, tzinfo=UTC)
BEFORE, HOUR = KICKOFF - timedelta(minutes=30), timedelta(hours=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def seal(number: int, **changes: object) -> Seal:
    seal_ = Seal(
        match_id=f"epl-2526-home-{number}",
        league="epl",
        kickoff_at=KICKOFF,
        stage="hour",
        bundle="1.0.0",
        p=(0.5, 0.3, 0.2),
        raw=(0.52, 0.29, 0.19),
        calibration=(1.1, 1.1, 1.1, 0.0, 0.0, 0.0),
        features="ab" * 32,
        early=(0.48, 0.29, 0.23),
        odds={"b365": (2.0, 3.4, 4.2)},
        priced_at=BEFORE - timedelta(hours=1),
        source="football-data.co.uk",
    )
    return replace(seal_, **changes)  # type: ignore[arg-type]


def outcome(number: int, of: str, goals: tuple[int, int] = (2, 1)) -> SettledOutcome:
    return SettledOutcome(
        match_id=f"epl-2526-home-{number}",
        bundle="1.0.0",
        kickoff_at=KICKOFF,
        seal=of,
        goals=goals,
        close=(0.5, 0.28, 0.22),
        source="espn.com",
    )


def test_what_was_sealed_is_settled_and_the_chain_holds(ledger: Ledger) -> None:
    assert ledger.head() is None
    assert ledger.seal([seal(1), seal(2)], BEFORE) == 2
    waiting = ledger.unsettled(KICKOFF + timedelta(hours=2))
    assert sorted(key[0] for key in waiting) == ["epl-2526-home-1", "epl-2526-home-2"]
    entry = waiting["epl-2526-home-1", "1.0.0"]
    assert ledger.settle([outcome(1, entry.hash)], KICKOFF + timedelta(hours=3)) == 1
    assert set(ledger.unsettled(KICKOFF + timedelta(hours=4))) == {("epl-2526-home-2", "1.0.0")}
    sealed, _, settled = ledger.entries()
    assert sealed.hash == settled.content["seal"] == entry.hash
    assert sealed.content["p"] == [0.5, 0.3, 0.2]
    assert sealed.content["odds"] == {"b365": [2.0, 3.4, 4.2]}
    assert settled.content["outcome"] == 0
    found = verify(ledger.entries())
    assert (found.sealed, found.settled, found.head) == (2, 1, ledger.head())


def test_the_same_seal_twice_is_one(ledger: Ledger) -> None:
    assert ledger.seal([seal(1), seal(1)], BEFORE) == 1
    assert ledger.seal([seal(1, p=(0.1, 0.1, 0.8)), seal(1, stage="day")], BEFORE) == 1
    assert [entry.content["stage"] for entry in ledger.entries()] == ["hour", "day"]


def test_nothing_is_sealed_from_kick_off_on(ledger: Ledger, database: Database) -> None:
    for late in (KICKOFF, KICKOFF + timedelta(seconds=1)):
        with pytest.raises(ValueError, match="has kicked off"):
            ledger.seal([seal(1, kickoff_at=KICKOFF + timedelta(days=1)), seal(2)], late)
    assert ledger.head() is None, "all or nothing"
    row = {"seq": 1, "kind": "sealed", "match_id": "m", "bundle": "b", "stage": "hour"}
    late = insert(table).values(
        {**row, "kickoff_at": KICKOFF, "at": KICKOFF, "previous": "p", "hash": "h", "body": "{}"}
    )
    with pytest.raises(StoreUnavailable, match=r"(?i)check"), database.transaction() as connection:
        connection.execute(late)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger SET body = '{}'", "UPDATE ledger SET hash = 'x' WHERE seq = 1", "DELETE FROM ledger"],
)
def test_the_database_refuses_to_change_what_is_in_it(
    ledger: Ledger, database: Database, statement: str
) -> None:
    ledger.seal([seal(1)], BEFORE)
    with pytest.raises(StoreUnavailable, match="append-only"), database.transaction() as connection:
        connection.exec_driver_sql(statement)
    assert verify(ledger.entries()).sealed == 1


def test_a_match_that_was_moved_is_sealed_again_and_its_last_kick_off_counts(ledger: Ledger) -> None:
    moved = KICKOFF + timedelta(days=30)
    ledger.seal([seal(1)], BEFORE)
    ledger.seal([seal(1, kickoff_at=moved, stage="day")], moved - timedelta(hours=20))
    ledger.seal([seal(1, kickoff_at=moved, p=(0.6, 0.2, 0.2))], moved - timedelta(minutes=5))
    (entry,) = ledger.unsettled(moved + timedelta(hours=1)).values()
    assert entry.content["p"] == [0.6, 0.2, 0.2]
    assert ledger.unsettled(moved) == {}, "it has not begun"


def test_two_bundles_seal_the_same_match_each_for_itself(ledger: Ledger) -> None:
    assert ledger.seal([seal(1), seal(1, bundle="1.1.0")], BEFORE) == 2
    assert set(ledger.unsettled(KICKOFF + timedelta(hours=2))) == {
        ("epl-2526-home-1", "1.0.0"),
        ("epl-2526-home-1", "1.1.0"),
    }


def test_sealers_at_the_same_time_make_one_chain(database_url: str) -> None:
    def sealer(number: int) -> int:
        database = Database(database_url)
        try:
            own = Ledger(database)
            return sum(own.seal([seal(match), seal(100 + number)], BEFORE) for match in range(10))
        finally:
            database.close()

    with ThreadPoolExecutor(6) as pool:
        added = sum(pool.map(sealer, range(6)))
    database = Database(database_url)
    assert added == 10 + 6
    assert verify(Ledger(database).entries()).sealed == 16
    database.close()


def test_a_long_ledger_is_read_in_pages(ledger: Ledger) -> None:
    ledger.seal([seal(number) for number in range(2_300)], BEFORE)
    assert [entry.seq for entry in ledger.entries()] == list(range(1, 2_301))
    assert [entry.seq for entry in ledger.entries(after=2_298)] == [2_299, 2_300]
    assert verify(ledger.entries()).entries == 2_300


def test_any_change_is_found_and_named(ledger: Ledger) -> None:
    ledger.seal([seal(number) for number in range(12)], BEFORE)
    waiting = list(ledger.unsettled(KICKOFF + timedelta(hours=2)).values())
    ledger.settle([outcome(entry.seq - 1, entry.hash) for entry in waiting[:5]], KICKOFF + timedelta(hours=3))
    good = list(ledger.entries())
    assert verify(good).entries == 17
    chance = Random(5)
    for _ in range(400):
        bad = list(good)
        place = chance.randrange(len(bad))
        entry = bad[place]
        match chance.randrange(5):
            case 0:
                at = chance.randrange(len(entry.body))
                letter = chance.choice("0123456789abcxyz")
                if entry.body[at] == letter:
                    continue
                bad[place] = replace(entry, body=entry.body[:at] + letter + entry.body[at + 1 :])
            case 1:
                del bad[place]
                if place == len(good) - 1:
                    continue  # a shorter chain is a chain: that is what published heads are for
            case 2:
                bad.insert(place, bad[chance.randrange(len(bad))])
            case 3:
                bad[place] = replace(entry, hash="0" * 64)
            case _:
                other = chance.randrange(len(bad))
                if other == place:
                    continue
                bad[place], bad[other] = bad[other], bad[place]
        with pytest.raises(BrokenLedger, match=r"Entry \d+ of the ledger"):
            verify(bad)


def test_a_reader_that_goes_on_reads_what_one_that_begins_anew_does(
    database: Database, tmp_path: Path
) -> None:
    def facts(found: SettledLedger) -> tuple[object, ...]:
        return list(found.settled), list(found.trial), found.waiting, found.head

    ledger, reader = Ledger(database), LedgerReader()
    assert facts(reader.read(ledger.entries)) == facts(LedgerReader().read(ledger.entries))
    for number in range(3):
        ledger.seal([seal(number)], BEFORE)
        ledger.settle(
            [
                outcome(number - 1, entry.hash)
                for entry in ledger.unsettled(KICKOFF + HOUR).values()
                if entry.content["match"].endswith(f"-{number - 1}")
            ],
            KICKOFF + HOUR,
        )
        found = reader.read(ledger.entries)
        assert facts(found) == facts(LedgerReader().read(ledger.entries))
        kept = LedgerReader(tmp_path / "settled.npz").read(ledger.entries)
        assert facts(kept) == facts(found), "of another process"
        assert (found.head, len(found.settled)) == (ledger.head(), number)
    other = [sealed_entry(1, GENESIS, seal(7), BEFORE)]
    found = reader.read(lambda after: other[after:])
    assert facts(found) == ([], [], 1, other[0].hash), "another ledger in its place"


def test_a_seal_that_is_settled_once_more_is_found_again() -> None:
    entries = [sealed_entry(1, GENESIS, seal(1), BEFORE)]
    for hours in (2, 3):
        late = replace(outcome(1, entries[0].hash), kickoff_at=KICKOFF + hours * HOUR)
        entries.append(settled_entry(len(entries) + 1, entries[-1].hash, late, KICKOFF + 5 * HOUR))
    found = LedgerReader().read(lambda after: entries[after:])
    assert (len(found.settled), found.waiting) == (2, 0)

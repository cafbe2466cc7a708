"""The table of open seals says what the whole ledger says, whoever appends, and is checked against it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from sabiscore.errors import BrokenLedger
from sabiscore.ledger.entry import LedgerEntry, SettledOutcome
from sabiscore.store.ledger import Ledger
from sabiscore.store.schedule_tables import ledger as table
from sabiscore.store.schedule_tables import open_seals
from sabiscore.store.session import Database
from tests.integration.test_ledger import BEFORE, KICKOFF, seal
from tests.integration.test_ledger_tampering import unguard

LATER = KICKOFF + timedelta(days=400)
BUNDLES = ("1.0.0", "1.1.0")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def settled(match: int, bundle: str, of: str, kickoff_at: datetime = KICKOFF) -> SettledOutcome:
    return SettledOutcome(
        match_id=f"epl-2526-home-{match}",
        bundle=bundle,
        kickoff_at=kickoff_at,
        seal=of,
        goals=(2, 1),
        close=None,
        source="espn.com",
    )


def open_by_hand(ledger: Ledger, before: datetime) -> dict[tuple[str, str], LedgerEntry]:
    """What ``unsettled`` promises, found in the whole ledger."""
    entries = list(ledger.entries())
    over = {(e.content["match"], e.content["bundle"]) for e in entries if e.content["kind"] == "settled"}
    last: dict[tuple[str, str], LedgerEntry] = {}
    for entry in sorted(
        (e for e in entries if e.content["kind"] == "sealed"),
        key=lambda e: (e.content["kickoff_at"], e.content["sealed_at"], e.seq),
    ):
        last[entry.content["match"], entry.content["bundle"]] = entry
    return {
        key: entry
        for key, entry in last.items()
        if key not in over and datetime.fromisoformat(entry.content["kickoff_at"]) < before
    }


def play(ledger: Ledger, chance: Random) -> None:
    """Matches sealed by two bundles, some moved and sealed again, some settled, some sealed after that."""
    match, bundle = chance.randrange(12), chance.choice(BUNDLES)
    kickoff_at = KICKOFF + chance.randrange(3) * timedelta(days=30)
    ledger.seal(
        [seal(match, bundle=bundle, kickoff_at=kickoff_at, stage=chance.choice(("day", "hour")))], BEFORE
    )
    if chance.random() < 0.3:
        other = chance.randrange(12)
        ledger.settle([settled(other, bundle, "ab" * 32, kickoff_at)], LATER)


@pytest.mark.parametrize("chance", [1, 2])
def test_what_is_open_is_what_the_whole_ledger_says(ledger: Ledger, chance: int) -> None:
    random = Random(chance)
    for _ in range(25):
        play(ledger, random)
        for before in (KICKOFF + timedelta(days=1), LATER):
            assert ledger.unsettled(before) == open_by_hand(ledger, before)
    assert len(ledger.unsettled(LATER)) > 3
    assert len(list(ledger.entries())) > 20
    ledger.require_open_seals()


def test_only_what_is_open_is_kept_in_the_table(ledger: Ledger, database: Database) -> None:
    for week in range(5):
        matches = range(20 * week, 20 * week + 20)
        ledger.seal([seal(match) for match in matches], BEFORE)
        ledger.settle([settled(match, "1.0.0", "ab" * 32) for match in matches[:-1]], LATER)
    with database.transaction() as connection:
        assert len(connection.execute(select(open_seals)).all()) == 5


def forget_the_table(connection: Connection) -> None:
    """The store as an older build has it."""
    verbs = ("opens", "closes")
    for verb in verbs:
        of_table = " ON ledger" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER ledger_{verb}{of_table}"))
    of_push = ("push_deliveries", "push_topics", "push_subscriptions")
    of_accounts = ("account_attempts", "account_keys", "account_sessions", "account_identities", "accounts")
    for later in ("open_seals", *of_push, *of_accounts):
        connection.execute(text(f"DROP TABLE {later}"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0008'"))


def test_the_ledger_of_an_older_build_is_read_once_when_it_is_upgraded(database_url: str) -> None:
    older = Database(database_url)
    ledger, random = Ledger(older), Random(3)
    for _ in range(20):
        play(ledger, random)
    before = ledger.unsettled(LATER)
    with older.transaction() as connection:
        forget_the_table(connection)
    older.close()
    newer = Database(database_url)
    assert Ledger(newer).unsettled(LATER) == before != {}
    Ledger(newer).require_open_seals()
    newer.close()


def test_who_knows_nothing_of_the_table_keeps_it_in_step(ledger: Ledger, database: Database) -> None:
    ledger.seal([seal(1), seal(2)], BEFORE)
    with database.transaction() as connection:
        first = dict(connection.execute(select(table).where(table.c.seq == 1)).mappings().one())
        new = {"seq": 3, "match_id": "epl-2526-home-3", "previous": "p3", "hash": "h3"}
        connection.execute(insert(table), [first | new])
        over = {"seq": 4, "kind": "settled", "stage": "result", "previous": "p4", "hash": "h4"}
        connection.execute(insert(table), [first | over])
    assert {match for match, _ in ledger.unsettled(LATER)} == {"epl-2526-home-2", "epl-2526-home-3"}


SPOILED = {
    "one is gone": delete(open_seals).where(open_seals.c.seq == 2),
    "one is settled": insert(open_seals).values(seq=4, match_id="epl-2526-home-1", bundle="1.0.0"),
    "one is nowhere": insert(open_seals).values(seq=99, match_id="m", bundle="1.0.0"),
    "one has another match": update(open_seals).where(open_seals.c.seq == 2).values(match_id="m"),
    "one has another bundle": update(open_seals).where(open_seals.c.seq == 2).values(bundle="9.9.9"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_table_that_is_out_of_step_is_a_broken_ledger(
    ledger: Ledger, database: Database, name: str
) -> None:
    ledger.seal([seal(number) for number in (1, 2, 3)], BEFORE)
    ledger.settle([settled(1, "1.0.0", "ab" * 32)], LATER)
    ledger.require_open_seals()
    with database.transaction() as connection:
        unguard(connection)
        connection.execute(SPOILED[name])
    with pytest.raises(BrokenLedger, match=r"open seals .* differ at entry"):
        ledger.require_open_seals()
    assert len(list(ledger.checked_entries())) == 4, "the chain itself holds"

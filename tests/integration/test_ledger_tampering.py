"""Whatever is done to a ledger behind the triggers' back, ``sabiscore ledger verify`` finds at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from typer.testing import CliRunner

from infra.cli import app
from sabiscore.errors import BadPublication, BadStore, BrokenLedger, StoreUnavailable
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import GENESIS, hash_of
from sabiscore.publication.daily_anchors import ANCHORS_FILE, LedgerDay, add_day
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import TRACK_RECORD_FILE
from sabiscore.publication.published_heads import published_heads
from sabiscore.store.ledger import HEAD, Ledger
from sabiscore.store.schedule_tables import ledger as table
from sabiscore.store.session import Database
from tests.integration.test_ledger import BEFORE, KICKOFF, outcome, seal
from tests.support.buckets import environ_of, make_bucket, put_object

SEALED = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A ledger of nine entries, whose head was published in a day and in the record of ``folder``."""

    database: Database
    ledger: Ledger
    folder: Path


@pytest.fixture
def place(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    database, folder = Database(database_url), tmp_path / "data" / "publication"
    ledger = Ledger(database)
    ledger.seal([seal(number) for number in range(SEALED)], BEFORE)
    add_day(folder, LedgerDay("2025-08-16", SEALED, str(ledger.head()), {}, {}))
    sealed = ledger.unsettled(KICKOFF + timedelta(hours=2)).values()
    ledger.settle([outcome(e.seq - 1, e.hash) for e in list(sealed)[:3]], KICKOFF + timedelta(hours=3))
    put_record(folder, ledger.head())
    yield Place(database, ledger, folder)
    database.close()


def put_record(folder: Path, head: str | None) -> None:
    body = {"ledger_head": head, "anchors": []}
    whole = json.dumps({"digest": digest_of(body), "record": body})
    (folder / TRACK_RECORD_FILE).write_text(whole)


def verified() -> str:
    """What the command says; raises what it ends with."""
    return CliRunner().invoke(app, ["ledger", "verify"], catch_exceptions=False).output


def unguard(connection: Connection) -> None:
    """What somebody who owns the database can do: the triggers go."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER USER"))
        return
    names = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
    for name in names:
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def edit_body(connection: Connection) -> None:
    connection.execute(text("UPDATE ledger SET body = replace(body, '0.5', '0.6') WHERE seq = 4"))


def edit_body_and_hash(connection: Connection) -> None:
    """The end of the chain written anew, so that it is whole in itself."""
    body = connection.scalar(select(table.c.body).where(table.c.seq == 9)).replace("[2,1]", "[9,1]")
    changed = table.update().where(table.c.seq == 9).values(body=body, hash=hash_of(body))
    connection.execute(changed)


def swap(connection: Connection) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        connection.execute(text(f"UPDATE ledger SET seq = {new} WHERE seq = {old}"))


def statement(sql: str) -> Callable[[Connection], None]:
    return lambda connection: connection.execute(text(sql)) and None


TAMPERING = {
    "a text edited": edit_body,
    "the end made anew": edit_body_and_hash,
    "two entries swapped": swap,
    "one from the middle": statement("DELETE FROM ledger WHERE seq = 5"),
    "the last": statement("DELETE FROM ledger WHERE seq = 9"),
    "the last three": statement("DELETE FROM ledger WHERE seq > 6"),
    "all": statement("DELETE FROM ledger"),
    "a match": statement("UPDATE ledger SET match_id = 'another' WHERE seq = 2"),
    "a bundle": statement("UPDATE ledger SET bundle = '9.9.9' WHERE seq = 2"),
    "a kind": statement("UPDATE ledger SET kind = 'settled' WHERE seq = 2"),
    "a stage": statement("UPDATE ledger SET stage = 'day' WHERE seq = 2"),
    "a kick-off": statement("UPDATE ledger SET kickoff_at = '2025-08-17 14:00:00+00:00' WHERE seq = 2"),
    "an instant": statement("UPDATE ledger SET at = '2025-08-15 13:00:00+00:00' WHERE seq = 2"),
    "a link": statement("UPDATE ledger SET previous = 'x' WHERE seq = 2"),
    "a hash": statement(f"UPDATE ledger SET hash = '{GENESIS}' WHERE seq = 2"),
    "a number": statement("UPDATE ledger SET seq = 10 WHERE seq = 9"),
    "an open seal": statement("DELETE FROM open_seals WHERE seq = 5"),
}


def test_a_sound_ledger_holds(place: Place) -> None:
    assert "The chain holds: 6 sealed, 3 settled." in verified()


@pytest.mark.parametrize("name", TAMPERING)
def test_each_way_of_tampering_is_found(place: Place, name: str) -> None:
    with place.database.transaction() as connection:
        unguard(connection)
        TAMPERING[name](connection)
    with pytest.raises(BrokenLedger, match="ledger"):
        verified()


@pytest.mark.parametrize("gone", [3, 9])
@pytest.mark.parametrize("left", [(TRACK_RECORD_FILE,), (ANCHORS_FILE, "fact"), ("fact",)])
def test_a_chain_that_was_cut_is_found_by_any_head_that_is_left(
    place: Place, gone: int, left: tuple[str, ...]
) -> None:
    with place.database.transaction() as connection:
        unguard(connection)
        connection.execute(text(f"DELETE FROM ledger WHERE seq > {9 - gone}"))
        if "fact" not in left:
            connection.execute(text(f"DELETE FROM meta WHERE name = '{HEAD}'"))
    for name in (TRACK_RECORD_FILE, ANCHORS_FILE):
        if name not in left:
            (place.folder / name).unlink()
    with pytest.raises(BrokenLedger, match=r"head was published|was added last"):
        verified()


def test_heads_in_the_bucket_find_what_was_cut_where_none_is_left_at_hand(
    place: Place, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = make_bucket(s3)
    for name, value in {"SABISCORE_BUCKET": f"s3://{bucket}/home", **environ_of(s3)}.items():
        monkeypatch.setenv(name, value)
    for name in (TRACK_RECORD_FILE, ANCHORS_FILE):
        put_object(s3, bucket, f"home/publication/{name}", (place.folder / name).read_bytes())
        (place.folder / name).unlink()
    assert "The chain holds" in verified()
    with place.database.transaction() as connection:
        unguard(connection)
        connection.execute(text("DELETE FROM ledger WHERE seq > 6"))
        connection.execute(text(f"DELETE FROM meta WHERE name = '{HEAD}'"))
    with pytest.raises(BrokenLedger, match="in the bucket"):
        verified()


def test_nothing_is_sealed_onto_a_chain_that_was_cut(place: Place) -> None:
    heads = published_heads(place.folder)
    place.ledger.require(heads)
    with place.database.transaction() as connection:
        unguard(connection)
        connection.execute(text("DELETE FROM ledger"))
    with pytest.raises(BrokenLedger, match="was added last"):
        place.ledger.seal([seal(20)], BEFORE)
    with pytest.raises(BrokenLedger, match="head was published"):
        place.ledger.require(heads)
    assert place.ledger.head() is None


def test_a_ledger_of_another_database_is_not_the_one_published(place: Place) -> None:
    put_record(place.folder, "ab" * 32)
    with pytest.raises(BrokenLedger, match="published in the track record"):
        verified()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b"[" * 200_000, b'{"digest": 1, "record": {}}']
)
@pytest.mark.parametrize("name", [TRACK_RECORD_FILE, ANCHORS_FILE])
def test_heads_that_cannot_be_read_are_said_to_be(place: Place, name: str, content: bytes) -> None:
    (place.folder / name).write_bytes(content)
    with pytest.raises(BadPublication, match=name):
        verified()


def replacing(seq: str = "50", match: str = "'forged'", previous: str = "'p'", digest: str = "'h'") -> str:
    """A statement's row that takes a key of entry 2; what is named stands in for its own."""
    columns = f"{seq}, kind, {match}, bundle, stage, kickoff_at, at, {previous}, {digest}, body"
    return f"INTO ledger SELECT {columns} FROM ledger WHERE seq = 2"


REPLACING = (
    f"REPLACE {replacing(seq='seq')}",
    f"INSERT OR REPLACE {replacing(seq='seq')}",
    "UPDATE OR REPLACE ledger SET seq = 3 WHERE seq = 2",
    f"INSERT {replacing(seq='seq')} ON CONFLICT (seq) DO UPDATE SET match_id = 'forged'",
    f"REPLACE {replacing(match='match_id')}",
    f"REPLACE {replacing(previous='previous')}",
    f"REPLACE {replacing(digest='hash')}",
)


@pytest.mark.parametrize("sql", REPLACING)
def test_no_spelling_replaces_an_entry(place: Place, sql: str) -> None:
    words = r"append-only|syntax error"  # PostgreSQL does not know every spelling
    before = list(place.ledger.entries())
    with pytest.raises(StoreUnavailable, match=words), place.database.transaction() as connection:
        connection.execute(text(sql))
    assert list(place.ledger.checked_entries()) == before
    assert verify(place.ledger.checked_entries(), published_heads(place.folder)).entries == 9


LINES = {
    "no JSON": b"no json\n",
    "an array": b"[1]\n",
    "a number": b"7\n",
    "nested": b"[" * 200_000 + b"\n",
    "no UTF-8": b'{"hash": "\xff"}\n',
    "no members": b"{}\n",
    "numbers as texts": b'{"hash": 1, "body": 2}\n',
    "a body that is no entry": json.dumps({"hash": hash_of("{}"), "body": "{}"}).encode(),
    "a body that is an array": json.dumps({"hash": hash_of("[]"), "body": "[]"}).encode(),
    "a body that is nested": json.dumps({"hash": hash_of("[" * 200_000), "body": "[" * 200_000}).encode(),
    "half a surrogate": b'{"hash": "x", "body": "\\ud800"}\n',
    "bytes of nothing": b"\0" * 64,
}


@pytest.mark.parametrize("name", LINES)
def test_an_exported_file_that_is_none_ends_with_its_reason(tmp_path: Path, name: str) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(LINES[name])
    with pytest.raises(BrokenLedger, match=r"(Line|Entry) 1 of"):
        CliRunner().invoke(app, ["ledger", "verify", "--from", str(file)], catch_exceptions=False)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.jsonl"):
        with pytest.raises(BadStore, match="cannot be read"):
            CliRunner().invoke(app, ["ledger", "verify", "--from", str(path)], catch_exceptions=False)

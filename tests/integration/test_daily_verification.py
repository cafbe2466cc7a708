"""``cron/cleanup`` verifies what was added since the head it published last, and once a week the whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from sabiscore.errors import BrokenLedger
from sabiscore.jobs.cleanup import WHOLE_EVERY
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.jobs.report import JobReport
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import hash_of
from sabiscore.publication.daily_anchors import ANCHORS_FILE, read_days
from sabiscore.publication.digest import digest_of
from sabiscore.store.schedule_tables import ledger as table
from tests.integration.test_ledger import outcome, seal
from tests.integration.test_ledger_tampering import statement, unguard
from tests.support.settled_seasons import BEGIN, context_at, play
from tests.unit.learning.test_calibrate import season

FIRST = BEGIN + timedelta(days=30)
ANCHOR, END = 51, 102
"""Entries when the first day's head was published, and the next day."""
COMING = replace(seal(0), match_id="epl-2425-a-99", kickoff_at=FIRST)
"""Sealed up to the anchor, and settled after it."""


@pytest.fixture
def context(tmp_path: Path, database_url: str) -> Iterator[JobContext]:
    """A ledger verified on the first day, to which as much was added until the next."""
    p, y = season(1, 50)
    with context_at(tmp_path, database_url) as (context, clock):
        play(context, clock, p[:25], y[:25].tolist())
        context.ledger.seal([COMING], FIRST - timedelta(minutes=1))
        assert verified_on(context, 0).outcome == "done"
        play(context, clock, p[25:], y[25:].tolist(), bundle="1.1.0")
        (sealed,) = context.ledger.of([COMING.match_id])
        context.ledger.settle([replace(outcome(0, sealed.hash), match_id=COMING.match_id)], FIRST)
        yield context


def verified_on(context: JobContext, day: int) -> JobReport:
    context.clock.at = FIRST + timedelta(days=day)  # type: ignore[attr-defined]
    return run_job("cleanup", context)


def tampered(context: JobContext, change: Callable[[Connection], None]) -> None:
    with context.store.database.transaction() as connection:
        unguard(connection)
        change(connection)


def settle_nothing(connection: Connection) -> None:
    """The last entry settles a seal that never was, in a chain that is whole in itself."""
    last = connection.scalars(select(table.c.body).where(table.c.seq == END)).one()
    body = json.dumps({**json.loads(last), "seal": "0" * 64}, separators=(",", ":"))
    connection.execute(table.update().where(table.c.seq == END).values(body=body, hash=hash_of(body)))
    connection.execute(text("DELETE FROM meta WHERE name = 'ledger_head'"))


FOUND_AT_ONCE = {
    "the anchor's text": statement(f"UPDATE ledger SET body = body || ' ' WHERE seq = {ANCHOR}"),
    "the anchor's hash": statement(f"UPDATE ledger SET hash = 'x' WHERE seq = {ANCHOR}"),
    "the anchor gone": statement(f"DELETE FROM ledger WHERE seq = {ANCHOR}"),
    "a text after it": statement("UPDATE ledger SET body = replace(body, '0.', '0.1') WHERE seq = 60"),
    "a column after it": statement("UPDATE ledger SET bundle = '9.9.9' WHERE seq = 60"),
    "one after it gone": statement("DELETE FROM ledger WHERE seq = 60"),
    "all after it gone": statement(f"DELETE FROM ledger WHERE seq > {ANCHOR}"),
    "what settles nothing": settle_nothing,
}


@pytest.mark.parametrize("name", FOUND_AT_ONCE)
def test_what_was_done_to_the_newest_part_is_found_the_next_day(context: JobContext, name: str) -> None:
    tampered(context, FOUND_AT_ONCE[name])
    report = verified_on(context, 1)
    assert report.outcome == "failed"
    assert "ledger" in report.done.sentence
    assert len(read_days(context.publication_dir)) == 1, "no head is published of it"


def test_an_open_seal_that_is_missing_is_found_the_next_day(context: JobContext) -> None:
    coming = replace(seal(1), kickoff_at=FIRST + timedelta(days=3))
    context.ledger.seal([coming], FIRST + timedelta(hours=1))
    tampered(context, statement("DELETE FROM open_seals"))
    assert "open seals" in verified_on(context, 1).done.sentence


def test_a_sound_ledger_holds_with_what_was_sealed_before_the_anchor_and_settled_after(
    context: JobContext,
) -> None:
    assert verified_on(context, 1).done.figures["entries"] == END
    assert [day.entries for day in read_days(context.publication_dir)] == [ANCHOR, END]


def test_an_old_entry_that_was_altered_is_found_within_the_week_and_at_once_by_hand(
    context: JobContext,
) -> None:
    tampered(context, statement("UPDATE ledger SET body = replace(body, '0.', '0.1') WHERE seq = 4"))
    with pytest.raises(BrokenLedger, match="Entry 4 of the ledger was altered"):
        verify(context.ledger.checked_entries())
    days = range(1, WHOLE_EVERY.days + 3)
    assert [verified_on(context, day).outcome for day in days] == ["done"] * 6 + ["failed"] * 3
    assert len(read_days(context.publication_dir)) == WHOLE_EVERY.days


def test_an_anchor_that_was_altered_is_refused(context: JobContext) -> None:
    path = context.publication_dir / ANCHORS_FILE
    path.write_bytes(path.read_bytes().replace(b'"entries": 51', b'"entries": 40'))
    assert "days.json" in verified_on(context, 1).done.sentence


def test_an_anchor_that_was_forged_is_not_of_this_ledger(context: JobContext) -> None:
    (day,) = read_days(context.publication_dir)
    for forged in (replace(day, head="ab" * 32), replace(day, entries=40), replace(day, entries=200)):
        rows = [asdict(forged)]
        whole = {"digest": digest_of({"days": rows}), "days": rows}
        (context.publication_dir / ANCHORS_FILE).write_text(json.dumps(whole), encoding="utf-8")
        report = verified_on(context, 1)
        assert report.outcome == "failed"
        assert "not the one whose head was published on 2024-09-16" in report.done.sentence

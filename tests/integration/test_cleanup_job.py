"""``cron/cleanup``: what is old is put away and never lost, and a ledger that was changed is found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from sabiscore.errors import BadArchive, BadPublication
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.jobs.cleanup import BACKUPS_KEPT, PRICES_KEPT_FOR
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.pipeline.cold_storage import BETS, PRICES, archiver, bets_in, read_lines
from sabiscore.publication.daily_anchors import ANCHORS_FILE, read_days
from sabiscore.store.bets import Bet
from sabiscore.store.ledger import HEAD as FACT
from sabiscore.store.snapshots import Snapshot
from tests.support.settled_seasons import BEGIN, context_at, play
from tests.unit.learning.test_calibrate import season

ID = "epl-2425-a-1"
PRICE = Snapshot(
    match_id=ID,
    market="1x2",
    book="ps",
    odds=(2.1, 3.4, 3.6),
    quoted_at=BEGIN - timedelta(hours=1),
    source="made-up",
    fetched_at=BEGIN,
)
BET = Bet(
    match_id=ID,
    outcome="home",
    bundle="1.0.0",
    league="epl",
    kickoff_at=BEGIN,
    opened_at=BEGIN - timedelta(hours=2),
    book="ps",
    odds=2.2,
    probability=0.5,
    quality="VALUE",
    stake_fraction=0.01,
    seen_odds=2.2,
)
HALF = PRICES_KEPT_FOR / 2


def settle_one(context: JobContext) -> None:
    context.bets.open([BET])
    context.bets.settle({BET.key: (True, 0.48)}, BEGIN + timedelta(hours=2))
    context.snapshots.add([PRICE, replace(PRICE, quoted_at=BEGIN + HALF, fetched_at=BEGIN + HALF)])


def test_the_prices_and_bets_of_a_year_stay_in_the_store(tmp_path: Path, database_url: str) -> None:
    with context_at(tmp_path, database_url) as (context, clock):
        p, y = season(1, 25)
        play(context, clock, p, y.tolist())
        settle_one(context)
        clock.at = BEGIN + timedelta(days=365)
        figures = run_job("cleanup", context).done.figures
        assert (figures["prices_put_away"], figures["bets_put_away"]) == (0, 0)


def test_old_prices_and_bets_leave_the_store_and_stay_on_record(tmp_path: Path, database_url: str) -> None:
    with context_at(tmp_path, database_url) as (context, clock):
        p, y = season(1, 25)
        play(context, clock, p, y.tolist())
        settle_one(context)
        run_job("calibrate", context)
        before = read_track_record(context.publication_dir).record
        clock.at = BEGIN + PRICES_KEPT_FOR + timedelta(days=1)
        done = run_job("cleanup", context).done
        assert (done.figures["prices_put_away"], done.figures["bets_put_away"]) == (1, 1)
        assert (context.bets.settled(), [bet.match_id for bet in bets_in(context.cold_storage / BETS)]) == (
            [],
            [ID],
        )
        assert [snapshot.quoted_at for snapshot in context.snapshots.latest([ID], clock.at)[ID]] == [
            BEGIN + HALF
        ]
        (path,) = (context.cold_storage / PRICES).iterdir()
        assert [row["odds"] for row in read_lines(path)] == [[2.1, 3.4, 3.6]]
        run_job("calibrate", context)
        after = read_track_record(context.publication_dir).record
        assert after.all.bets == before.all.bets
        assert after.all.bets is not None
        assert after.all.bets.won == 1
        assert [anchor.head for anchor in after.anchors] == [context.ledger.head()]
        again = run_job("cleanup", context).done.figures
        assert (again["prices_put_away"], again["bets_put_away"]) == (0, 0)


def test_a_run_that_dies_while_it_puts_away_loses_and_doubles_nothing(
    tmp_path: Path, database_url: str
) -> None:
    with context_at(tmp_path, database_url) as (context, clock):
        settle_one(context)
        clock.at = BEGIN + PRICES_KEPT_FOR + timedelta(days=1)

        @contextmanager
        def dying() -> Iterator[None]:
            with pytest.raises(KeyboardInterrupt):
                yield

        archive = archiver(context.cold_storage / BETS, clock.at, lambda: None)

        def killed(rows: object) -> None:
            archive(rows)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        with dying():
            context.bets.forget(clock.at, killed)
        assert len(context.bets.settled()) == 1
        assert run_job("cleanup", context).done.figures["bets_put_away"] == 1
        assert [bet.key for bet in bets_in(context.cold_storage / BETS)] == [BET.key], (
            "the same rows make the same file"
        )


def test_what_was_put_away_is_verified_when_it_is_read(tmp_path: Path) -> None:
    with context_at(tmp_path) as (context, clock):
        settle_one(context)
        clock.at = BEGIN + PRICES_KEPT_FOR + timedelta(days=1)
        run_job("cleanup", context)
        (path,) = (context.cold_storage / BETS).iterdir()
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(BadArchive, match="differs from what was archived"):
            bets_in(context.cold_storage / BETS)


def test_a_ledger_that_was_rewritten_from_an_earlier_day_is_found_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    p, y = season(1, 50)
    with context_at(tmp_path / "true") as (context, clock):
        play(context, clock, p[:25], y[:25].tolist())
        assert run_job("cleanup", context).outcome == "done"
        days = (context.publication_dir / ANCHORS_FILE).read_bytes()
    with context_at(tmp_path / "rewritten") as (context, clock):
        play(context, clock, p, y[::-1].tolist())
        (context.publication_dir / ANCHORS_FILE).write_bytes(days)
        report = run_job("cleanup", context)
    assert report.outcome == "failed"
    assert "not the one whose head was published on 2024-08-17" in report.done.sentence
    assert report.done.sentence in caplog.text


@pytest.mark.parametrize(
    ("gone", "reason"),
    [
        ((), "was added last"),
        (("days.json", "record.json"), "was added last"),
        ((FACT,), "head was published"),
    ],
)
def test_a_ledger_cut_short_is_found_out(tmp_path: Path, gone: Sequence[str], reason: str) -> None:
    p, y = season(1, 25)
    with context_at(tmp_path) as (context, clock):
        play(context, clock, p, y.tolist())
        run_job("cleanup", context)
        with context.store.database.transaction() as connection:
            for trigger in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
                connection.execute(text(f'DROP TRIGGER "{trigger}"'))
            connection.execute(text("DELETE FROM ledger WHERE seq > 40"))
            if FACT in gone:
                connection.execute(text(f"DELETE FROM meta WHERE name = '{FACT}'"))
        for name in gone:
            (context.publication_dir / name).unlink(missing_ok=True)
        report = run_job("cleanup", context)
    assert (report.outcome, reason in report.done.sentence) == ("failed", True)


def test_each_day_is_on_record_once_and_a_week_of_backups_is_kept(tmp_path: Path) -> None:
    with context_at(tmp_path) as (context, clock):
        for day in range(BACKUPS_KEPT + 2):
            clock.at = BEGIN + timedelta(days=day)
            run_job("cleanup", context)
            run_job("cleanup", context)
        days = read_days(context.publication_dir)
        assert len({day.day for day in days}) == len(days) == BACKUPS_KEPT + 2
        assert days[1].runs["cleanup"]["done"] == 2, "of the day before"
        assert len(list(context.backups.iterdir())) == BACKUPS_KEPT
        (context.publication_dir / ANCHORS_FILE).write_bytes(
            (context.publication_dir / ANCHORS_FILE).read_bytes().replace(b'"entries": 0', b'"entries": 1')
        )
        with pytest.raises(BadPublication, match="holds no days"):
            read_days(context.publication_dir)

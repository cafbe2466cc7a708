"""``cron/cleanup``: what is old is put away and never lost, and a ledger that was changed is found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from sabiscore.errors import BadArchive, BadPublication
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.jobs.cleanup import BACKUPS_KEPT, KEPT_FOR
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.pipeline.cold_storage import BETS, PRICES, bets_in, keeper, read_lines
from sabiscore.publication.daily_anchors import FILE, read_days
from sabiscore.store.bets import Bet
from sabiscore.store.snapshots import Snapshot
from tests.support.settled_seasons import BEGIN, desk_at, play
from tests.unit.learning.test_calibrate import season

ID = "epl-2425-a-1"
PRICE = Snapshot(ID, "1x2", "ps", (2.1, 3.4, 3.6), BEGIN - timedelta(hours=1), "made-up", BEGIN)
BET = Bet(
    ID, "home", "1.0.0", "epl", BEGIN, BEGIN - timedelta(hours=2), "ps", 2.2, 0.5, "VALUE", 0.01, 2.2
)  # fmt: skip
HALF = KEPT_FOR / 2


def settle_one(desk: JobContext) -> None:
    desk.bets.open([BET])
    desk.bets.settle({BET.key: (True, 0.48)}, BEGIN + timedelta(hours=2))
    desk.snapshots.add([PRICE, replace(PRICE, quoted_at=BEGIN + HALF, fetched_at=BEGIN + HALF)])


def test_old_prices_and_bets_leave_the_store_and_stay_on_record(tmp_path: Path, database_url: str) -> None:
    with desk_at(tmp_path, database_url) as (desk, clock):
        p, y = season(1, 25)
        play(desk, clock, p, y.tolist())
        settle_one(desk)
        run_job("calibrate", desk)
        before = read_track_record(desk.folder).record
        clock.at = BEGIN + KEPT_FOR + timedelta(days=1)
        done = run_job("cleanup", desk).done
        assert (done.figures["prices_put_away"], done.figures["bets_put_away"]) == (1, 1)
        assert (desk.bets.settled(), [bet.match_id for bet in bets_in(desk.away / BETS)]) == ([], [ID])
        assert [one.quoted_at for one in desk.snapshots.latest([ID], clock.at)[ID]] == [BEGIN + HALF]
        (path,) = (desk.away / PRICES).iterdir()
        assert [row["odds"] for row in read_lines(path)] == [[2.1, 3.4, 3.6]]
        run_job("calibrate", desk)
        after = read_track_record(desk.folder).record
        assert after.all.bets == before.all.bets
        assert after.all.bets is not None
        assert after.all.bets.won == 1
        assert [anchor.head for anchor in after.anchors] == [desk.ledger.head()]
        again = run_job("cleanup", desk).done.figures
        assert (again["prices_put_away"], again["bets_put_away"]) == (0, 0)


def test_a_run_that_dies_while_it_puts_away_loses_and_doubles_nothing(
    tmp_path: Path, database_url: str
) -> None:
    with desk_at(tmp_path, database_url) as (desk, clock):
        settle_one(desk)
        clock.at = BEGIN + KEPT_FOR + timedelta(days=1)

        @contextmanager
        def dying() -> Iterator[None]:
            with pytest.raises(KeyboardInterrupt):
                yield

        keep = keeper(desk.away / BETS, clock.at, lambda: None)

        def killed(rows: object) -> None:
            keep(rows)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        with dying():
            desk.bets.forget(clock.at, killed)
        assert len(desk.bets.settled()) == 1
        assert run_job("cleanup", desk).done.figures["bets_put_away"] == 1
        assert [bet.key for bet in bets_in(desk.away / BETS)] == [BET.key], "the same rows make the same file"


def test_what_was_put_away_is_verified_when_it_is_read(tmp_path: Path) -> None:
    with desk_at(tmp_path) as (desk, clock):
        settle_one(desk)
        clock.at = BEGIN + KEPT_FOR + timedelta(days=1)
        run_job("cleanup", desk)
        (path,) = (desk.away / BETS).iterdir()
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(BadArchive, match="not what was put away"):
            bets_in(desk.away / BETS)


def test_a_ledger_that_was_rewritten_from_an_earlier_day_is_found_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    p, y = season(1, 50)
    with desk_at(tmp_path / "true") as (desk, clock):
        play(desk, clock, p[:25], y[:25].tolist())
        assert run_job("cleanup", desk).outcome == "done"
        days = (desk.folder / FILE).read_bytes()
    with desk_at(tmp_path / "rewritten") as (desk, clock):
        play(desk, clock, p, y[::-1].tolist())
        (desk.folder / FILE).write_bytes(days)
        report = run_job("cleanup", desk)
    assert report.outcome == "failed"
    assert "not the one whose head was published on 2024-08-17" in report.done.sentence
    assert report.done.sentence in caplog.text


def test_a_ledger_cut_short_is_found_out(tmp_path: Path) -> None:
    p, y = season(1, 25)
    with desk_at(tmp_path) as (desk, clock):
        play(desk, clock, p, y.tolist())
        run_job("cleanup", desk)
        with desk.store.database.transaction() as connection:
            for trigger in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
                connection.execute(text(f'DROP TRIGGER "{trigger}"'))
            connection.execute(text("DELETE FROM ledger WHERE seq > 40"))
        report = run_job("cleanup", desk)
    assert (report.outcome, "head was published" in report.done.sentence) == ("failed", True)


def test_each_day_is_on_record_once_and_a_week_of_backups_is_kept(tmp_path: Path) -> None:
    with desk_at(tmp_path) as (desk, clock):
        for day in range(BACKUPS_KEPT + 2):
            clock.at = BEGIN + timedelta(days=day)
            run_job("cleanup", desk)
            run_job("cleanup", desk)
        days = read_days(desk.folder)
        assert len({day.day for day in days}) == len(days) == BACKUPS_KEPT + 2
        assert days[1].runs["cleanup"]["done"] == 2, "of the day before"
        assert len(list(desk.backups.iterdir())) == BACKUPS_KEPT
        (desk.folder / FILE).write_bytes(
            (desk.folder / FILE).read_bytes().replace(b'"entries": 0', b'"entries": 1')
        )
        with pytest.raises(BadPublication, match="holds no days"):
            read_days(desk.folder)

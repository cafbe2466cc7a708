"""cron/calibrate and cron/cleanup over a real store: what is settled is learnt, told, kept, and restores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import temperature
from sabiscore.insights.live_calibration import FILE, read_calibrations
from sabiscore.insights.record import read_record
from sabiscore.ledger.entry import Outcome, Seal
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.jobs import run_job
from sabiscore.store.bets import Bet, Bets
from sabiscore.store.database import Store
from sabiscore.store.jobs import Jobs
from sabiscore.store.ledger import Ledger
from sabiscore.store.observations import Observations
from sabiscore.store.registers import SqlRegister
from sabiscore.store.snapshots import Snapshot, Snapshots
from tests.unit.learning.test_calibrate import season

START = datetime(2025, 8, 1, tzinfo=UTC)
N = 900
"""Matches of the bundle under test: enough for a distortion to show whatever the season's luck."""


class Told(list[Any]):
    """What was said to be out of date."""

    def __call__(self, targets: Any) -> Any:
        self.append(targets)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(database_url, tmp_path / "archive"))
        clock = FixedClock(START)
        yield Desk(
            clock=clock,
            kind="real",
            store=store,
            snapshots=Snapshots(store.database),
            observations=Observations(store.database),
            ledger=Ledger(store.database),
            bets=Bets(store.database),
            jobs=Jobs(store.database),
            register=SqlRegister(store.database),
            sources=cast("Any", None),  # nothing is asked for here
            insights=cast("Any", None),
            folder=tmp_path / "publication",
            checkpoints=tmp_path / "checkpoints",
            kept=tmp_path / "kept",
            fetch_files=lambda _: (),
            tell=Told(),
        )


def play(desk: Desk, t: float, n: int = N) -> None:
    """``n`` matches sealed by a model of temperature ``t``, and settled by what its chances gave."""
    p, y = season(1, n)
    seals, results = [], []
    for number, (row, came) in enumerate(zip(p.tolist(), y.tolist(), strict=True)):
        kickoff = START + timedelta(hours=number + 1)
        told = temperature(t).apply(row)
        seals.append(
            Seal(
                f"epl-2526-a-{number}", "epl", kickoff, "hour", "1.0.0", told, told, (), "0" * 64, told,
                {"b365": (2.0, 3.4, 4.2)}, START, "test",
            )
        )  # fmt: skip
        results.append((f"epl-2526-a-{number}", kickoff, ((1, 0), (0, 0), (0, 1))[came], tuple(row)))
    desk.ledger.seal(seals, START)
    after = START + timedelta(hours=n + 3)
    waiting = desk.ledger.unsettled(after)
    desk.ledger.settle(
        [
            Outcome(name, "1.0.0", kickoff, waiting[name, "1.0.0"].hash, goals, row, "test")
            for name, kickoff, goals, row in results
        ],
        after,
    )
    cast("FixedClock", desk.clock).at = after


def test_a_distorted_model_is_corrected_and_everybody_told(desk: Desk) -> None:
    play(desk, 1.5)
    report = run_job("calibrate", desk)
    assert (report.outcome, report.done.figures["adopted"]) == ("done", 1)
    (learned,) = read_calibrations(desk.folder).values()
    slopes = np.diag(learned.calibration.matrix)
    assert (slopes > 1.2).all(), "what was softened is sharpened"
    assert learned.n == N
    assert [targets.tags for targets in cast("Told", desk.tell)] == [("odds",)]
    record = read_record(desk.folder).record
    assert record.all.predictions is not None
    assert record.all.predictions.n == N
    assert record.ledger_head == desk.ledger.head()
    assert record.by_version.keys() == {"1.0.0"}


def test_what_was_learnt_once_is_not_learnt_again(desk: Desk) -> None:
    play(desk, 1.5, 400)
    run_job("calibrate", desk)
    files = {path: path.read_bytes() for path in desk.folder.iterdir()}
    assert "nothing was sealed or settled since" in run_job("calibrate", desk).done.sentence
    assert {path: path.read_bytes() for path in desk.folder.iterdir()} == files


def test_before_anything_is_sealed_there_is_nothing_to_learn(desk: Desk) -> None:
    assert run_job("calibrate", desk).outcome == "done"
    assert not (desk.folder / FILE).exists()


def test_a_settled_bet_is_in_the_record(desk: Desk) -> None:
    play(desk, 1.0, 30)
    bet = Bet(
        "epl-2526-a-0", "home", "1.0.0", "epl", START + timedelta(hours=1), START, "b365", 2.2, 0.5, "VALUE",
        0.01, 2.2,
    )  # fmt: skip
    assert desk.bets.open([bet, replace(bet, odds=9.0)]) != []
    desk.bets.see({bet.key: None})
    assert desk.bets.settle({bet.key: (False, 0.44)}, desk.now()) == 1
    assert desk.bets.settle({bet.key: (True, 0.99)}, desk.now()) == 0, "settled once"
    run_job("calibrate", desk)
    bets = read_record(desk.folder).record.all.bets
    assert bets is not None
    assert (bets.n, bets.profit_units) == (1, -1.0)


def test_cleanup_verifies_backs_up_and_archives(desk: Desk, tmp_path: Path) -> None:
    play(desk, 1.0, 30)
    old = START - timedelta(days=500)
    kept = [Snapshot("m", "1x2", "b365", (2.0, 3.4, 4.2), at, "test", at) for at in (old, START)]
    desk.snapshots.add(kept)
    report = run_job("cleanup", desk)
    assert report.outcome == "done", report
    assert report.done.figures["archived"] == 1
    assert [one.quoted_at for one in desk.snapshots.before(START + timedelta(days=1))] == [START]
    assert len(list((tmp_path / "kept" / "backups").iterdir())) == 1
    (day,) = (tmp_path / "kept" / "days").iterdir()
    assert json.loads(day.read_text())["head"] == desk.ledger.head()
    assert list((tmp_path / "kept" / "prices").iterdir())


def test_a_broken_chain_fails_the_cleanup_loudly(desk: Desk) -> None:
    play(desk, 1.0, 5)
    with desk.store.database.transaction() as connection:
        drop = (
            "DROP TRIGGER ledger_no_update"
            if connection.dialect.name == "sqlite"
            else "DROP TRIGGER ledger_stays ON ledger"
        )
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql("UPDATE ledger SET body = replace(body, '0.', '0.1') WHERE seq = 3")
    report = run_job("cleanup", desk)
    assert report.outcome == "failed"
    assert "Entry 3 of the ledger was altered" in report.done.sentence
    assert desk.jobs.last("cleanup")[0].outcome == "failed"


def test_two_runs_at_once_are_one(desk: Desk) -> None:
    assert desk.jobs.begin("calibrate", desk.now()) is not None
    assert run_job("calibrate", desk).outcome == "busy"

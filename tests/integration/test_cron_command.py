"""Schedules by hand and beside what is served."""

from __future__ import annotations

import json
from pathlib import Path
from queue import Queue

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.local.schedules import running
from sabiscore.clock import FixedClock
from sabiscore.errors import BadSetting
from sabiscore.jobs.registry import JOBS
from sabiscore.jobs.timetable import TIMETABLE
from tests.support.job_contexts import settings_of
from tests.support.local_world import NOW, World


@pytest.fixture
def data_dir(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = settings_of(world, tmp_path)
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path / "real"))
    return settings.data_dir


@pytest.mark.parametrize("job", JOBS)
def test_a_schedule_by_hand_says_what_it_did(data_dir: Path, job: str) -> None:
    done = CliRunner().invoke(app, ["cron", job, "--simulated"])
    assert (done.exit_code, done.output.split(":")[0]) == (0, job)
    done = CliRunner().invoke(app, ["cron", job, "--simulated", "--json"])
    report = json.loads(done.output)
    assert (report["job"], report["outcome"], report["problems"]) == (job, "done", [])
    assert (data_dir / "sabiscore.db").exists()


def test_a_schedule_that_is_none_is_refused_with_those_that_are(data_dir: Path) -> None:
    assert data_dir.is_dir()
    with pytest.raises(BadSetting, match="'dance'") as refused:
        CliRunner().invoke(app, ["cron", "dance"], catch_exceptions=False)
    assert "odds" in refused.value.hint


def test_every_schedule_runs_beside_what_is_served(world: World, tmp_path: Path) -> None:
    said: Queue[str] = Queue()
    with running(settings_of(world, tmp_path), "simulated", said.put, clock=FixedClock(NOW)):
        report = [said.get(timeout=60) for _ in JOBS]
    assert [sentence.split(":")[0] for sentence in report] == list(JOBS)
    assert said.empty()


def test_every_schedule_has_its_times() -> None:
    assert set(JOBS) <= set(TIMETABLE)

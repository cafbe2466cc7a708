"""The home of a rehearsal knows nothing of the season to be played, and is never somebody else's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from infra.backtest.data_dir import MARK, BacktestPlan, prepare
from infra.backtest.season import read_season
from infra.cli.progress import Report, Steps
from infra.local.run import history_of
from infra.local.seasons import simulate_into
from sabiscore.clock import FixedClock
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.errors import Refused
from sabiscore.history import History
from sabiscore.settings import Settings
from tests.support.local_world import train_small

BEFORE = FixedClock(datetime(2024, 8, 1, tzinfo=UTC))
EPL = LEAGUE_BY_KEY["epl"]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("seasons")
    simulate_into(folder, 5, 3, date(2025, 6, 30), ["E0"])
    return sorted(folder.glob("*.csv"))


@pytest.fixture
def plan(paths: list[Path], tmp_path: Path) -> BacktestPlan:
    return BacktestPlan(
        season=read_season(paths, "2425", [EPL]),
        paths=paths,
        kind="simulated",
        data_dir=tmp_path / "home",
        leagues=[EPL],
    )


class Training:
    """Trains small, and remembers how often and on what."""

    def __init__(self) -> None:
        self.pasts: list[History] = []

    def __call__(self, past: History, settings: Settings, *, kind: DataKind, report: Report) -> str:
        self.pasts.append(past)
        return train_small(past, settings, kind=kind, report=report)


def test_store_and_bundle_know_earlier_seasons_only(plan: BacktestPlan) -> None:
    training = Training()
    prepare(plan, training, BEFORE, Steps(quiet=True))
    (past,) = training.pasts
    assert set(np.unique(past.season)) == {2022, 2023}
    assert len(history_of(plan.settings)) == len(past)


def test_a_second_rehearsal_begins_empty_but_keeps_a_bundle_made_for_the_same(plan: BacktestPlan) -> None:
    training = Training()
    first = prepare(plan, training, BEFORE, Steps(quiet=True))
    (plan.settings.data_dir / "left over").write_text("of the one before")
    assert prepare(plan, training, BEFORE, Steps(quiet=True)) == first
    assert len(training.pasts) == 1
    assert not (plan.settings.data_dir / "left over").exists()
    (plan.data_dir / MARK).write_text("made for something else")
    prepare(plan, training, BEFORE, Steps(quiet=True))
    assert len(training.pasts) == 2


def test_a_folder_with_anything_else_is_left_alone(plan: BacktestPlan) -> None:
    plan.data_dir.mkdir()
    (plan.data_dir / "diary.txt").write_text("mine")
    with pytest.raises(Refused, match="something else"):
        prepare(plan, Training(), BEFORE, Steps(quiet=True))
    assert [path.name for path in plan.data_dir.iterdir()] == ["diary.txt"]


def test_the_oldest_season_cannot_be_played(paths: list[Path], tmp_path: Path) -> None:
    oldest = BacktestPlan(
        season=read_season(paths, "2223", [EPL]),
        paths=paths,
        kind="simulated",
        data_dir=tmp_path / "home",
        leagues=[EPL],
    )
    with pytest.raises(Refused, match="no season before 2223"):
        prepare(oldest, Training(), BEFORE, Steps(quiet=True))


def test_nothing_of_the_environment_gets_into_it(plan: BacktestPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@db.example.com/real")
    monkeypatch.setenv("SABISCORE_EDGE_URL", "https://edge.example.com")
    settings = plan.settings
    assert settings.database_url == f"sqlite:///{plan.data_dir / 'simulated' / 'sabiscore.db'}"
    assert settings.edge_url is None

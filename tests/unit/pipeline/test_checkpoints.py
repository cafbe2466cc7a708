"""States of today are those of a whole replay, whatever checkpoints they were advanced from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sabiscore.domain.match import Match
from sabiscore.features.replay import replay
from sabiscore.features.state import State
from sabiscore.history import History, blank, columns_of, day_number
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.pipeline.checkpoints import RECENT_DAYS, ReplayLine, states_at
from sabiscore.sources.football_data import FootballData
from sabiscore.store.database import SeasonFile, Store
from sabiscore.store.session import Database
from tests.support.season_files import csv, season

NOW = datetime(2024, 10, 1, 12, tzinfo=UTC)
"""In the middle of the newer season, which plays every third day from 16 August 2024."""
DAY = timedelta(days=1)


class Replayed:
    """A store of two seasons, and the folder of checkpoints over it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.store, self.cas_store = Store(database, folder / "archive"), MemoryCasStore()
        self.folder = folder / "checkpoints"
        for year in (2023, 2024):
            self.file(year)

    def file(self, year: int, seed: int = 1) -> None:
        name = f"{year % 100}{year % 100 + 1}"
        content = FootballData().parse(f"E0_{name}.csv", csv(season(start_year=year, seed=seed)))
        record = SeasonFile(
            division="E0",
            season=name,
            sha256=f"{seed}" * 64,
            parser=1,
            rows=content.rows,
            matches=len(content.matches),
        )
        self.store.replace_season(record, columns_of(content.matches), content.names)

    def at(self, now: datetime, unfiled: tuple[History, ...] = ()) -> Path:
        return states_at(now, unfiled=unfiled, store=self.store, cas_store=self.cas_store, folder=self.folder)

    def whole(self, now: datetime) -> State:
        history = self.store.history()
        return replay(history.take((history.day < day_number(now.date())) & history.played)).state


@pytest.fixture
def replayed(database: Database, tmp_path: Path) -> Replayed:
    return Replayed(database, tmp_path)


def assert_same(state: State, other: State) -> None:
    assert (state.teams, state.day) == (other.teams, other.day)
    for name in ("team", "league", "pair_keys", "pair"):
        np.testing.assert_array_equal(getattr(state, name), getattr(other, name))


def test_states_of_a_day_are_those_of_a_replay_of_every_match_before_it(replayed):
    assert_same(State.load(replayed.at(NOW)), replayed.whole(NOW))


def test_a_day_later_they_are_advanced_to_the_same_bits(replayed):
    replayed.at(NOW)
    for days in (1, 4, 9):
        now = NOW + days * DAY
        assert_same(State.load(replayed.at(now)), replayed.whole(now))


def test_while_nothing_is_new_the_same_file_is_given_and_not_written_again(replayed):
    path = replayed.at(NOW)
    written = path.stat().st_mtime_ns
    assert replayed.at(NOW + timedelta(hours=5)) == path
    assert path.stat().st_mtime_ns == written


def test_a_late_correction_of_a_season_file_counts_from_its_day_on(replayed):
    before = State.load(replayed.at(NOW))
    replayed.file(2024, seed=2)
    corrected = State.load(replayed.at(NOW))
    assert_same(corrected, replayed.whole(NOW))
    assert not np.array_equal(before.team, corrected.team)


@pytest.mark.parametrize("content", [b"", b"no states", None])
def test_a_checkpoint_that_is_torn_or_gone_is_computed_again(replayed, content):
    path = replayed.at(NOW)
    path.unlink() if content is None else path.write_bytes(content)
    assert_same(State.load(replayed.at(NOW)), replayed.whole(NOW))


def test_checkpoints_of_another_layout_are_replaced(replayed):
    replayed.at(NOW)
    for path in replayed.folder.glob("*.npz"):
        np.savez(path, format=np.array(1), team=np.zeros((3, 2)))
    assert_same(State.load(replayed.at(NOW)), replayed.whole(NOW))


def test_results_that_no_file_has_count_as_if_a_file_had_them(replayed):
    plain = State.load(replayed.at(NOW))
    day = (NOW - 2 * DAY).date()  # no match of a file is on it
    match = Match(
        league="epl", season="2425", day=day, home="ashford", away="fenwick", leg=2, goals=(4, 0)
    )  # fmt: skip
    more = State.load(replayed.at(NOW, (columns_of([match]),)))
    seen = plain.column["ashford"]
    assert not np.array_equal(plain.team[:, seen], more.team[:, more.column["ashford"]])
    assert_same(State.load(replayed.at(NOW)), plain)


def test_only_checkpoints_of_the_last_week_and_some_older_ones_are_kept(replayed):
    for days in range(0, 30, 3):
        newest = replayed.at(NOW + days * DAY)
    days = sorted(int(path.name.split("-")[0]) for path in replayed.folder.glob("*.npz"))
    last = int(newest.name.split("-")[0])
    assert last == days[-1]
    assert sum(last - day <= RECENT_DAYS for day in days) >= 2
    assert len(days) < 12


def test_a_season_without_a_played_match_has_no_day_of_its_own() -> None:
    assert ReplayLine("base", 20_000, blank(0)).names() == []

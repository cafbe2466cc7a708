"""When a rehearsal runs its schedules: at their own times, and at every one that could matter."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.backtest.calendar import EVERY, ORDER, Name, next_run, runs_in_all, ticks
from infra.backtest.season import PastSeason, read_season
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.ledger.entry import stage_of
from tests.support.season_files import csv, season


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> PastSeason:
    path: Path = tmp_path_factory.mktemp("seasons") / "E0_2425.csv"
    path.write_bytes(csv(season("E0", 2024)))
    return read_season([path], "2425", [LEAGUE_BY_KEY["epl"]])


@given(st.datetimes(datetime(2019, 1, 1), datetime(2030, 1, 1)), st.sampled_from(ORDER))  # noqa: DTZ001
def test_the_next_run_is_the_first_of_the_schedules_own_times(naive: datetime, name: Name) -> None:
    at = naive.replace(tzinfo=UTC)
    run = next_run(name, at)
    assert at <= run < at + EVERY[name]
    midnight = datetime.combine(run.date(), time(2) if name == "cleanup" else time(), UTC)
    assert (run - midnight) % EVERY[name] == timedelta(0)


def test_every_match_is_seen_in_both_stages_at_its_close_and_after_its_end(past: PastSeason) -> None:
    runs = ticks(past.matches)
    odds = {tick.at for tick in runs if tick.name == "odds"}
    stats = {tick.at for tick in runs if tick.name == "stats"}
    for played in past.matches:
        stages = [stage_of(played.kickoff_at, at) for at in odds]
        assert {"day", "hour"} <= set(stages)
        assert any(played.closes_at <= at < played.kickoff_at for at in odds)
        assert {next_run("stats", played.ends_at), next_run("stats", played.filed_at)} <= stats


def test_the_hour_is_sealed_before_the_closing_prices_are_known(past: PastSeason) -> None:
    odds = sorted(tick.at for tick in ticks(past.matches) if tick.name == "odds")
    for played in past.matches:
        first = next(at for at in odds if stage_of(played.kickoff_at, at) == "hour")
        assert first < played.closes_at


def test_every_tick_can_be_run_and_the_usual_ones_are_among_them(past: PastSeason) -> None:
    matches = past.matches[:2]
    few, every = ticks(matches), ticks(matches, every_tick=True)
    assert len(every) > 50 * len(few) > 0
    assert set(few) <= set(every)
    assert [tick.at for tick in every] == sorted(tick.at for tick in every)
    assert runs_in_all(matches) == len(every)

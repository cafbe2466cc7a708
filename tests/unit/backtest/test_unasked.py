"""A rehearsal asks nobody for scores in play: nobody there could tell any."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from infra.backtest.data_dir import BacktestPlan, prepare
from infra.backtest.network import ESPN, PastNetwork
from infra.backtest.schedules import opened
from infra.backtest.season import read_season
from infra.cli.progress import Steps
from infra.local.seasons import simulate_into
from sabiscore.clock import FixedClock
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.pipeline.in_play import in_play
from tests.support.local_world import train_small

EPL = LEAGUE_BY_KEY["epl"]


def test_a_rehearsed_run_of_odds_in_play_asks_for_no_score_and_stats_still_asks(tmp_path: Path) -> None:
    simulate_into(tmp_path / "seasons", 5, 3, date(2025, 6, 30), ["E0"])
    paths = sorted((tmp_path / "seasons").glob("*.csv"))
    season = read_season(paths, "2425", [EPL])
    plan = BacktestPlan(
        season=season, paths=paths, kind="simulated", data_dir=tmp_path / "home", leagues=[EPL]
    )
    first = season.matches[0]
    clock = FixedClock(first.kickoff_at - timedelta(days=2))
    prepare(plan, train_small, clock, Steps(quiet=True))
    network = PastNetwork(season, clock)
    with opened(plan, clock, network) as schedules:
        schedules.run("stats")
        asked = network.asked[ESPN]
        assert asked > 0
        clock.at = first.kickoff_at + timedelta(minutes=30)
        assert in_play([replace(first.match, kickoff_at=first.kickoff_at, goals=None)], clock.at) is not None
        schedules.run("odds")
        assert network.asked[ESPN] == asked
        schedules.run("stats")
        assert network.asked[ESPN] > asked

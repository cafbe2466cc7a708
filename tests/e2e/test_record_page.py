"""The page of the public record as a browser draws it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sabiscore.insights.stored_track_record import put_track_record
from sabiscore.learning.settled import Settled, SettledBet
from sabiscore.learning.track_record import track_record
from sabiscore.settings import read_settings
from tests.e2e.test_page import Served, dom_of, needs_browser
from tests.support.challengers import DRIFT, MOVED, TRIAL
from tests.support.local_world import NOW, World

N = 120


def _settled(i: int) -> Settled:
    kickoff = NOW - timedelta(days=N - i)
    p = (0.2 + 0.4 * (i % 7) / 6, 0.25, 0.55 - 0.4 * (i % 7) / 6)
    return Settled(
        match_id=f"epl-2526-a-{i}",
        league="epl",
        bundle="1.0.0",
        kickoff_at=kickoff,
        sealed_at=kickoff - timedelta(hours=1),
        settled_at=kickoff + timedelta(hours=2),
        p=p,
        raw=p,
        outcome=i % 3,
        early=(0.4, 0.3, 0.3),
        close=(0.45, 0.3, 0.25),
    )


@pytest.fixture
def served(world: World, tmp_path: Path) -> Iterator[tuple[Served, Path]]:
    """A copy of the simulated world, served, and the folder of its publication."""
    data_dir = tmp_path / "home"
    shutil.copytree(world.settings.data_dir, data_dir / "simulated")
    environ = {"SABISCORE_HOME": str(data_dir / "real")}
    publication = read_settings({"SABISCORE_HOME": str(data_dir / "simulated")}).publication
    running = Served(environ, "--port", "0")
    yield running, publication
    running.stop(15)


@needs_browser
def test_the_record_is_drawn_with_its_losses_and_intervals(
    served: tuple[Served, Path], tmp_path: Path
) -> None:
    running, publication = served
    lost = SettledBet(
        match_id="epl-2526-a-0",
        league="epl",
        bundle="1.0.0",
        opened_at=NOW - timedelta(days=N),
        outcome="home",
        odds=2.2,
        stake_fraction=0.01,
        won=False,
        close=0.48,
    )
    won = SettledBet(
        match_id="epl-2526-a-3",
        league="epl",
        bundle="1.0.0",
        opened_at=NOW - timedelta(days=9),
        outcome="home",
        odds=1.5,
        stake_fraction=0.01,
        won=True,
        close=0.48,
    )
    seen = {"drift": DRIFT, "population": MOVED, "trial": TRIAL}
    settled = [_settled(i) for i in range(N)]
    put_track_record(publication, track_record(settled, [lost, won], sealed=5, head="ab" * 32, **seen))
    settled = running.get("/api/v1/performance")
    names = {row["league"]["key"]: row["league"]["name"] for row in running.get("/api/v1/leagues")["leagues"]}
    dom = dom_of(f"{running.url}/record", tmp_path)
    assert "Simulated: these leagues" in dom
    assert "5 predictions are sealed and not settled yet." in dom
    assert dom.count(f'<th scope="row">{names["epl"]}</th>') == 2
    assert f"{settled['all']['predictions']['log_loss']:.4f}" in dom
    assert f"−{100 * abs(settled['all']['bets']['roi']):.1f}%" in dom
    assert dom.count('class="spread"') == dom.count('class="dot"') == len(settled["calibration"])
    assert dom.count('class="curve ours"') == 2
    assert "The newest 380 settled of model 1.0.0" in dom
    assert "form.shots 2.50" in dom
    assert "evaluated: market_now 43% (12% then)." in dom
    assert "1.1.0 against 1.0.0: No difference beyond chance on 150 matches. (−0.0020, " in dom
    assert "NaN" not in dom


@needs_browser
def test_an_empty_record_says_why_it_is_empty(served: tuple[Served, Path], tmp_path: Path) -> None:
    running, _ = served
    dom = dom_of(f"{running.url}/record", tmp_path)
    assert "No sealed prediction is settled yet." in dom
    assert "No value bet is settled yet." in dom
    assert "No challenger is on trial." in dom
    assert 'class="chart"' not in dom

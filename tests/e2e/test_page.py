"""The page as a browser sees it, served by ``sabiscore up`` from a simulated world."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sabiscore.domain.league import SERVED
from tests.support.local_world import TODAY, World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
BY_HAND = "from infra.cli import main; main()"

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium: infra/setup/browser.sh installs it"
)


class Served:
    """A running ``sabiscore up``."""

    def __init__(self, environ: dict[str, str], *options: str) -> None:
        command = [sys.executable, "-c", BY_HAND, "up", "--simulated", *options]
        path = os.pathsep.join(filter(None, sys.path))
        self.process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": path, **environ}, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        assert found, "it did not say where it serves"
        self.url = found[0]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=120) as answer:
            return json.load(answer)

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        try:
            return self.process.wait(120)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()


@pytest.fixture(scope="module")
def served(world: World) -> Iterator[Served]:
    running = Served(world.environ, "--port", "0")
    yield running
    running.stop(signal.SIGTERM)


def dom_of(url: str, profile: Path) -> str:
    """The page at ``url`` once its scripts have come to rest, as text with its markup."""
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={profile}",
        "--virtual-time-budget=8000",
        "--dump-dom",
        url,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return html.unescape(done.stdout)


def test_every_match_is_listed_and_has_an_insight(served: Served) -> None:
    listed = served.get(f"/api/v1/matches?from={TODAY}")
    assert listed["count"] > 20
    assert listed["simulated"] is True
    insight = served.get(listed["matches"][0]["href"])
    assert insight["simulated"] is True
    assert sum(insight["probabilities"].values()) == pytest.approx(1, abs=1e-6)
    assert insight["match"] == listed["matches"][0]["match"]


def test_the_functions_answer_under_their_routes(served: Served) -> None:
    assert served.get("/health")["status"] in ("ok", "degraded")
    assert len(served.get("/api/v1/leagues")["leagues"]) == len(SERVED)
    assert "/api/v1/matches" in served.get("/openapi.json")["paths"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        served.get("/api/v1/insights/nothing-of-the-kind")
    assert refused.value.code == 404
    assert refused.value.headers["Content-Type"] == "application/problem+json"
    refused.value.close()


@needs_browser
def test_the_page_lists_the_matches_of_a_day_and_says_that_they_are_simulated(
    served: Served, tmp_path: Path
) -> None:
    listed = served.get(f"/api/v1/matches?from={TODAY}")["matches"]
    day = min(row["match"]["kickoff_at"] for row in listed if row["match"]["kickoff_at"])[:10]
    of_day = [row["match"]["id"] for row in listed if (row["match"]["kickoff_at"] or "").startswith(day)]
    dom = dom_of(f"{served.url}/?day={day}", tmp_path)
    assert "Simulated: these leagues, clubs and matches are made up." in dom
    assert re.findall(r'<li class="row" data-match="([^"]+)"', dom) == of_day
    assert re.findall(r'href="/match/([^"]+)"', dom) == of_day


@needs_browser
def test_a_match_has_a_page_with_its_insight(served: Served, tmp_path: Path) -> None:
    row = served.get(f"/api/v1/matches?from={TODAY}")["matches"][0]
    insight = served.get(row["href"])
    dom = dom_of(f"{served.url}/match/{row['match']['id']}", tmp_path)
    assert f"by model {insight['model']['version']}" in dom
    assert insight["reasons"][0]["text"] in dom
    assert f"{insight['goals']['expected_home']:.2f}" in dom
    assert "Bet365" in dom


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_cleanly_when_asked_to(world: World, number: int) -> None:
    assert Served(world.environ, "--port", "0").stop(number) == 0


def test_a_taken_port_is_a_sentence(served: Served, world: World) -> None:
    port = served.url.rpartition(":")[2]
    command = [sys.executable, "-c", BY_HAND, "up", "--simulated"]
    path = os.pathsep.join(filter(None, sys.path))
    environ = {**os.environ, "PYTHONPATH": path, **world.environ, "PORT": port}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 2
    assert f"Port {port}" in done.stderr
    assert "PORT=" in done.stderr
    assert "Traceback" not in done.stderr

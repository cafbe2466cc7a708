"""A goal in the store is seen on an open page: a job, the Worker in workerd, the match's room, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from infra.local.edge import LocalEdge, local_edge
from sabiscore.domain.match import Match
from sabiscore.jobs.report import JobReport
from sabiscore.settings import read_settings
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import World

WITHIN_MS = 120_000
"""Far above what it takes: the machine may be busy."""


@dataclass
class Evening:
    """The chain on the evening of a match; jobs run in their own thread, since Playwright has this one."""

    edge: LocalEdge
    rig: Rig
    jobs: ThreadPoolExecutor

    @property
    def match(self) -> Match:
        return self.rig.soon[0]

    def run(self, job: str) -> JobReport:
        return self.jobs.submit(self.rig.run, job).result()

    def score(self, home: int, away: int) -> None:
        """The providers report this score, and the next run of the odds job stores it."""
        self.rig.clock.at += timedelta(minutes=5)
        self.rig.world.status[self.match.id] = "in_play"
        self.rig.world.goals[self.match.id] = (home, away)
        assert self.run("odds").outcome == "done"


@pytest.fixture
def evening(world: World, tmp_path: Path) -> Iterator[Evening]:
    settings = settings_of(world, tmp_path)
    with local_edge(settings.data_dir, bindings={"REQUESTS_PER_MINUTE": "1000000"}) as edge:
        environ = {
            "SABISCORE_EDGE_URL": edge.url,
            "SABISCORE_EDGE_SECRET": edge.secret,
            **edge.shared.settings,
        }
        with ThreadPoolExecutor(max_workers=1) as jobs, ExitStack() as stack:
            held = ExitStack()
            stack.callback(lambda: jobs.submit(held.close).result())
            found = rig_of(read_settings({**settings.environ, **environ}))
            rig = jobs.submit(held.enter_context, found).result()
            evening = Evening(edge, rig, jobs)
            assert evening.run("stats").outcome == "done"
            assert evening.match.kickoff_at is not None
            rig.clock.at = evening.match.kickoff_at + timedelta(minutes=10)
            evening.score(0, 0)
            yield evening


@pytest.fixture
def page(browser: Browser, evening: Evening) -> Iterator[Page]:
    """The page of the match while it is played, in its room."""
    context = browser.new_context(base_url=evening.edge.url, locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    page.clock.set_fixed_time(evening.rig.clock.at)
    with page.expect_websocket() as room:
        page.goto(f"/match/{evening.match.id}")
    assert room.value.url.endswith(f"/ws/edge/{evening.match.id}")
    yield page
    context.close()


def test_a_goal_is_seen_and_a_lost_room_is_said_until_it_is_found_again(evening: Evening, page: Page) -> None:
    expect(_score(page)).to_have_text("0–0", timeout=WITHIN_MS)
    evening.score(1, 0)
    expect(_score(page)).to_have_text("1–0", timeout=WITHIN_MS)
    expect(_strip(page)).to_be_hidden()

    evening.edge.worker.stop()
    expect(_strip(page)).to_have_text("Live paused, retrying", timeout=WITHIN_MS)
    evening.edge.worker.start()
    expect(_strip(page)).to_be_hidden(timeout=WITHIN_MS)
    evening.score(2, 0)
    expect(_score(page)).to_have_text("2–0", timeout=WITHIN_MS)


def _score(page: Page) -> Locator:
    return page.locator("main [data-score]").first


def _strip(page: Page) -> Locator:
    return page.locator("#strip")

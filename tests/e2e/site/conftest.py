"""A browser of Debian's and ``sabiscore up`` with a simulated world, for all tests of the site."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from infra.project import ROOT
from tests.e2e.test_page import Served
from tests.support.local_world import NOW, World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DAY = f"/?day={NOW:%Y-%m-%d}"
AXE = ROOT / "functions" / "edge" / "node_modules" / "axe-core" / "axe.min.js"

Opened = Callable[..., Page]
"""``opened(path, zone="UTC", width=390, **context)``: the page at ``path`` as it is at ``NOW``."""


def ready(page: Page) -> None:
    """Waits until the scripts of ``page``, which come after its first paint, have done what they do to it."""
    page.locator("html[data-scripts=ready]").wait_for(state="attached")


# Playwright runs an event loop of its own in this thread for as long as it lives, and no other test may ask
# for one meanwhile: so it does not outlive its module.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs Chromium: infra/setup/browser.sh")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[Served]:
    running = Served(world.environ, "--port", "0")
    yield running
    running.stop(signal.SIGTERM)


@pytest.fixture
def opened(browser: Browser, site: Served) -> Iterator[Opened]:
    contexts = []

    def open_page(path: str, zone: str = "UTC", width: int = 390, **options: object) -> Page:
        context = browser.new_context(
            base_url=site.url,
            timezone_id=zone,
            locale="en-GB",
            viewport={"width": width, "height": 800},
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        go = page.goto

        def goto_and_wait(url: str) -> None:
            go(url)
            ready(page)

        page.goto = goto_and_wait  # type: ignore[method-assign, assignment]
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def match_path(site: Served) -> str:
    """The page of a match."""
    found = site.get(f"/api/v1/matches?day={NOW:%Y-%m-%d}")["matches"]
    return f"/match/{found[0]['match']['id']}"


@pytest.fixture(scope="module")
def axe() -> Path:
    """The script of axe-core."""
    return AXE

"""What a phone does to open a day's list of a full week, and how soon it is there again without a network.

``python -m infra.bench.opening``. `sabiscore up` serves 600 fixtures of seven days; Chromium has a phone's
window and a processor four times slower than this one. Script time is what the browser counts from the first
byte of the page until it is at rest; a visit without a network is one of a page that was opened before.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, sync_playwright

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.fixtures import match_day
from infra.project import ROOT
from sabiscore.errors import Unavailable

FIXTURES, DAYS = 600, 7
SLOWER, ROUNDS = 4, 7
MOST_SCRIPT_MS, MOST_ELEMENTS, MOST_OFFLINE_MS = 100.0, 1_500, 500.0
PHONE: ViewportSize = {"width": 390, "height": 844}
TOMORROW = f"/?day={datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
"""A day that is listed whole."""
REST_MS = 1_000
"""After the page has loaded: its scripts work in turns of milliseconds."""
LISTED = """() => {
  const [visit] = performance.getEntriesByType('navigation')
  const painted = performance.getEntriesByName('first-contentful-paint')[0]
  const rows = document.querySelectorAll('.row').length
  return rows === 0 || !painted ? null : Math.max(painted.startTime, visit.domContentLoadedEventEnd)
}"""
"""Milliseconds from the beginning of the visit until the rows are there and painted; null without any."""
KEPT = "async path => (await (await caches.open('pages')).match(path)) !== undefined"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def measure(rounds: int = ROUNDS) -> Measurement:
    """The medians of ``rounds`` visits. Raises Unavailable without Chromium."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        match_day(Path(folder), datetime.now(UTC), FIXTURES, timedelta(days=DAYS))
        with served(Path(folder)) as url, chromium() as browser:
            visits = [_first_visit(browser, url) for _ in range(rounds)]
            offline = _offline_visits(browser, url, rounds)
    script = statistics.median(script_ms for script_ms, _, _ in visits)
    elements, rows = visits[-1][1:]
    return Measurement(
        [
            _most("scripts of the first visit, 4 times slower", script, MOST_SCRIPT_MS, "ms"),
            _most("elements of the page", elements, MOST_ELEMENTS, ""),
            _most("without a network: to the list", statistics.median(offline), MOST_OFFLINE_MS, "ms"),
        ],
        [f"{FIXTURES} fixtures of {DAYS} days, {rows} of them on the page; medians of {rounds}"],
    )


def _most(what: str, value: float, bound: float, unit: str) -> BoundCheck:
    return BoundCheck(id="open", what=what, value=value, sense="≤", bound=bound, unit=unit)


@contextmanager
def served(data_dir: Path) -> Iterator[str]:
    """Where `sabiscore up` serves ``data_dir``. Raises Unavailable if it does not start."""
    command = [sys.executable, "-m", "infra.cli", "up", "--port", "0"]
    environ = {**os.environ, "SABISCORE_HOME": str(data_dir), "SABISCORE_REQUESTS_PER_MINUTE": "100000"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = next(filter(None, map(ADDRESS.search, process.stdout or ())), None)
            if found is None:
                raise Unavailable("`sabiscore up` did not start.", hint="Run: make setup")
            yield found[0]
        finally:
            process.send_signal(signal.SIGTERM)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's browser. Raises Unavailable where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise Unavailable("There is no Chromium.", hint="Run: infra/setup/browser.sh")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


def _first_visit(browser: Browser, url: str) -> tuple[float, int, int]:
    """(milliseconds of scripts, elements, rows) of a visit with nothing kept."""
    with _phone(browser, url) as (_, page, session):
        session.send("Performance.enable")
        page.goto(TOMORROW)
        page.wait_for_timeout(REST_MS)
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        elements = page.evaluate("document.querySelectorAll('*').length")
        return 1000 * metrics["ScriptDuration"], elements, page.locator(".row").count()


def _offline_visits(browser: Browser, url: str, rounds: int) -> list[float]:
    """Milliseconds of each visit to a page that was opened before, without a network."""
    with _phone(browser, url) as (context, page, _):
        page.goto(TOMORROW)
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        page.goto(TOMORROW)
        page.wait_for_function(KEPT, arg=TOMORROW)
        context.set_offline(True)
        return [_to_the_list(page) for _ in range(rounds)]


def _to_the_list(page: Page) -> float:
    page.goto(TOMORROW)
    taken = page.wait_for_function(LISTED).json_value()
    return float(taken)


@contextmanager
def _phone(browser: Browser, url: str) -> Iterator[tuple[BrowserContext, Page, CDPSession]]:
    context = browser.new_context(base_url=url, viewport=PHONE, device_scale_factor=2, has_touch=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    try:
        yield context, page, session
    finally:
        context.close()


if __name__ == "__main__":
    sys.exit(finish(measure, options("infra.bench.opening", __doc__).parse_args().json))

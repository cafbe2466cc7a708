"""What a real browser measures of a view reaches ``/metrics``, and only of a view that the draw fell on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.test_page import Served
from tests.support.waiting import until

LOADED = "() => performance.getEntriesByType('resource').some(each => each.name.includes('web-vitals'))"
DRAWN, NOT_DRAWN = "Math.random = () => 0", "Math.random = () => 0.1"
OBJECTS = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })"

Begun = Callable[[str], Page]


# The clock of the other tests takes the browser's measurements away.
@pytest.fixture
def begun(browser: Browser, site: Served) -> Iterator[Begun]:
    """``begun(script)``: a page that runs ``script`` before its own."""
    contexts = []

    def begin(script: str) -> Page:
        contexts.append(browser.new_context(base_url=site.url, service_workers="block"))
        contexts[-1].add_init_script(script)
        return contexts[-1].new_page()

    yield begin
    for context in contexts:
        context.close()


def seen(site: Served) -> Counter[str]:
    """How many views of matches told each vital."""
    shown = httpx.get(f"{site.url}/metrics").text
    counted = re.findall(
        r'^sabiscore_web_vital_seconds_count{vital="(.*)",page="match"} (.*)$', shown, re.MULTILINE
    )
    shifts = re.findall(r'^sabiscore_web_vital_layout_(shift)_count{page="match"} (.*)$', shown, re.MULTILINE)
    return Counter({vital: int(count) for vital, count in (*counted, *shifts)})


def leave(page: Page, path: str, *, measures: bool) -> None:
    """Opens ``path``, taps, and goes elsewhere once whatever may come of it has come."""
    page.goto(path)
    page.locator("html[data-scripts=ready]").wait_for(state="attached")
    if measures:
        page.wait_for_function(LOADED)
    page.locator("[data-switch=theme]").click()
    page.goto("/robots.txt")


def test_a_view_is_told_once_when_it_is_left(begun: Begun, site: Served, match_path: str) -> None:
    before = seen(site)
    leave(begun(DRAWN), match_path, measures=True)
    grown = until(lambda: seen(site) - before)
    # Whether a tap was measured yet is the browser's affair.
    assert {**grown, "inp": 1} == dict.fromkeys(("lcp", "fcp", "ttfb", "inp", "shift"), 1)


@pytest.mark.parametrize("script", [NOT_DRAWN, f"{DRAWN}; {OBJECTS}"])
def test_others_and_whoever_objects_tell_nothing(
    begun: Begun, site: Served, match_path: str, script: str
) -> None:
    before = seen(site)
    leave(begun(script), match_path, measures=False)
    # Whatever this view had told would have come before what this one tells.
    leave(begun(DRAWN), match_path, measures=True)
    assert until(lambda: seen(site) - before)["lcp"] == 1

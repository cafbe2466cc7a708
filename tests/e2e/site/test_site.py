"""What a reader sees and does on the site, in a real browser: own days, filters, keys, no network."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.site.conftest import DAY, Opened, ready
from tests.support.local_world import NOW

PAGES = (DAY, "match", "/value", "/record", "/pick", "/guide", "/docs", "/bets", "/nothing-here")
ZONES = ("Asia/Tokyo", "Pacific/Honolulu", "America/Sao_Paulo")
REACHED = "document.activeElement.getAttribute('href') ?? document.activeElement.type"
KEPT = "async path => (await (await caches.open('pages')).match(path)) !== undefined"
SEEN = ".row[data-match]:visible"


def _path(page: str, match_path: str) -> str:
    return match_path if page == "match" else page


@pytest.mark.parametrize("zone", ZONES)
def test_each_match_is_under_the_day_on_which_it_is_for_the_reader(opened: Opened, zone: str) -> None:
    page = opened(DAY, zone)
    rows = page.locator("section.day .row").evaluate_all(
        "rows => rows.map(row => [row.closest('.day').dataset.day, row.dataset.kickoff,"
        " row.querySelector('time')?.textContent])"
    )
    assert len(rows) >= 10
    for day, kickoff, clock in rows:
        at = datetime.fromisoformat(kickoff).astimezone(ZoneInfo(zone))
        assert (day, clock) == (f"{at:%Y-%m-%d}", f"{at:%H:%M}")
    days = [day for day, _, _ in rows]
    assert days == sorted(days)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_accessible_and_fits(
    opened: Opened, axe: Path, match_path: str, kind: str, width: int, scheme: str
) -> None:
    page = opened(_path(kind, match_path), width=width, color_scheme=scheme, bypass_csp=True)
    page.add_script_tag(path=axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found["violations"]]
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_breaks_no_rule_of_its_policy_and_is_readable_at_twice_the_size(
    opened: Opened, match_path: str, kind: str
) -> None:
    page = opened("/guide")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(_path(kind, match_path))
    expect(page.locator("[data-switch=theme]")).to_be_visible()
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [line for line in said if "404" not in line] == []


def test_a_search_is_in_the_address_and_there_again_after_a_reload(opened: Opened) -> None:
    page = opened(DAY)
    all_of_them = page.locator(SEEN).count()
    team = page.locator(".row .teams").first.inner_text().split("\n")[0]
    page.locator("[data-search]").fill(team[:6])
    found = page.locator(SEEN).count()
    assert 1 <= found < all_of_them
    assert "q=" in page.url
    page.reload()
    ready(page)
    assert page.locator(SEEN).count() == found
    page.locator("[data-search]").fill("no such team")
    expect(page.locator("[data-empty]")).to_be_visible()


def test_favourites_are_kept_on_the_device(opened: Opened, match_path: str) -> None:
    page = opened(match_path)
    page.locator("[data-star]").first.click()
    page.goto(DAY)
    page.locator("[data-only-favourites]").check()
    expect(page.locator(SEEN)).to_have_count(1)
    assert page.locator(SEEN).get_attribute("data-match") == match_path.rpartition("/")[2]


def test_whoever_hides_odds_sees_none_anywhere_and_the_theme_stays(opened: Opened, match_path: str) -> None:
    page = opened(match_path, color_scheme="light")
    assert page.locator(".odds:visible").count() > 0
    page.locator("[data-switch=odds]").click()
    page.locator("[data-switch=theme]").click()
    for path in (match_path, "/value", "/record"):
        page.goto(path)
        assert page.locator(".odds:visible").count() == 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 21, 18)"


def test_everything_is_reached_by_keys_alone(opened: Opened) -> None:
    page = opened(DAY)
    page.keyboard.press("Tab")
    assert _focused(page) == "Skip to the content"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.getAttribute('href') ?? document.activeElement.type")
        )
    assert {"/value", "/record", "search"} <= reached
    row = next(each for each in reached if each and each.startswith("/match/"))
    page.locator(f'a[href="{row}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{row}")


def test_nothing_moves_for_whoever_wants_less_motion(opened: Opened) -> None:
    page = opened(DAY, reduced_motion="reduce")
    lasting = page.evaluate(
        "[...document.querySelectorAll('a, button')]"
        ".filter(each => getComputedStyle(each).transitionDuration !== '0s').length"
    )
    assert lasting == 0


def test_a_page_opened_before_is_there_without_a_network_and_says_when_it_was_saved(
    opened: Opened, match_path: str
) -> None:
    page = opened(DAY)
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    for path in (DAY, match_path):
        page.goto(path)
        page.wait_for_function(
            "async path => (await (await caches.open('pages')).match(path)) !== undefined", arg=path
        )
    page.context.set_offline(True)
    page.goto(DAY)
    assert page.locator(SEEN).count() >= 10
    expect(page.locator("#strip")).to_contain_text(re.compile(r"No connection\..* (ago|just now)\."))
    page.goto(match_path)
    expect(page.locator("h1").first).to_be_visible()
    page.goto("/record")
    expect(page.locator("h1")).to_have_text("No connection")


def test_without_rooms_a_list_asks_again_by_itself_and_keeps_what_was_typed(opened: Opened) -> None:
    page = opened("/guide", service_workers="block")
    page.clock.install(time=NOW)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(DAY)
    team = page.locator(".row .teams").first.inner_text().split("\n")[0]
    page.locator("[data-search]").fill(team[:4])

    def with_another_name(route: Route) -> None:
        answer = route.fetch()
        text = answer.text().replace(team, f"{team} Renamed").replace('data-content="', 'data-content="new')
        route.fulfill(response=answer, body=text)

    page.route(re.compile(r"/\?day="), with_another_name)
    page.clock.fast_forward(61_000)
    expect(page.locator(SEEN).first).to_contain_text(f"{team} Renamed")
    expect(page.locator("[data-search]")).to_have_value(team[:4])
    assert sockets == []


def test_a_readers_three_tasks_take_two_taps_at_most(opened: Opened) -> None:
    page = opened(DAY)
    team = page.locator(".row .teams").first.inner_text().split("\n")[0]
    page.locator("[data-search]").fill(team)
    page.locator(SEEN).first.click()
    expect(page.locator("h1")).to_contain_text(team)
    page.goto(DAY)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Value").click()
    expect(page.locator("h1")).to_have_text("Value bets")
    page.goto(DAY)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Record").click()
    expect(page.locator("h1")).to_have_text(re.compile("record", re.IGNORECASE))


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))

"""Push messages in a real browser: what the service worker shows, and where a tap leads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Worker, expect

from tests.e2e.site.conftest import Opened

RECORD_WINDOWS = """() => {
  self.opened = []
  self.clients.openWindow = (url) => { self.opened.push(url); return Promise.resolve(null) }
}"""
SHOWN = """async () => {
  const shown = await self.registration.getNotifications()
  return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }))
}"""
TAP = """async () => {
  const [notification] = await self.registration.getNotifications()
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
}"""
GOAL = {
    "title": "Goal: 1–0",
    "body": "Arsenal – Chelsea",
    "url": "/match/epl-2526-arsenal-chelsea",
    "tag": "epl-2526-arsenal-chelsea",
}


@pytest.fixture
def page(opened: Opened, match_path: str) -> Iterator[Page]:
    """The page of a match in a browser that lets it notify; a refusal would outlive the test."""
    page = opened(match_path)
    page.context.grant_permissions(["notifications"])
    yield page
    page.context.clear_permissions()


class ServiceWorkerOfPage:
    """The service worker of ``page``, and what a push service would deliver to it."""

    def __init__(self, page: Page) -> None:
        self._origin = "/".join(page.url.split("/")[:3])
        self._session = page.context.new_cdp_session(page)
        self._registrations: list[dict[str, Any]] = []
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._updated)
        self._session.send("ServiceWorker.enable")
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        self.worker = _worker_of(page.context)
        self._page = page

    def _updated(self, said: dict[str, Any]) -> None:
        self._registrations += said["registrations"]

    def deliver(self, message: dict[str, str]) -> None:
        """As a push service does it, with what the message decrypts to."""
        of_site = [each for each in self._registrations if each["scopeURL"].startswith(self._origin)]
        self._session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self._origin,
                "registrationId": of_site[-1]["registrationId"],
                "data": json.dumps(message),
            },
        )

    def shown(self, count: int) -> list[dict[str, str]]:
        """The notifications, once there are ``count``."""
        while len(found := self.worker.evaluate(SHOWN)) < count:
            self._page.wait_for_timeout(50)
        return found


def _worker_of(context: BrowserContext) -> Worker:
    return context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")


def test_a_push_message_is_shown_and_a_tap_opens_its_match(page: Page) -> None:
    service_worker = ServiceWorkerOfPage(page)
    service_worker.worker.evaluate(RECORD_WINDOWS)
    service_worker.deliver(GOAL)
    (shown,) = service_worker.shown(1)
    assert shown == {
        "title": GOAL["title"],
        "body": GOAL["body"],
        "tag": GOAL["tag"],
        "data": GOAL["url"],
    }
    service_worker.deliver({**GOAL, "title": "Goal: 2–0"})
    while service_worker.shown(1)[0]["title"] != "Goal: 2–0":
        page.wait_for_timeout(50)
    assert len(service_worker.shown(1)) == 1, "the newer score takes the place of the older"
    service_worker.worker.evaluate(TAP)
    origin = page.url.rpartition("/match/")[0]
    assert service_worker.worker.evaluate("() => self.opened") == [f"{origin}{GOAL['url']}"]


def test_a_message_never_leads_to_another_site(page: Page) -> None:
    service_worker = ServiceWorkerOfPage(page)
    service_worker.worker.evaluate(RECORD_WINDOWS)
    service_worker.deliver({**GOAL, "url": "https://elsewhere.example/"})
    service_worker.shown(1)
    service_worker.worker.evaluate(TAP)
    assert service_worker.worker.evaluate("() => self.opened") == ["/"]


def test_where_no_key_is_set_the_box_says_so_and_nothing_moved_before(page: Page) -> None:
    box = page.locator("details[data-push]")
    expect(box.locator("button:visible")).to_have_count(0)
    box.locator("summary").click()
    expect(box.locator("[data-push-status]")).to_have_text("No notifications are sent from here.")

"""Accounts over a store of their own, asked as a browser or a program asks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from argon2 import Parameters, Type
from starlette.testclient import TestClient

from sabiscore.bootstrap.account import account_app
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.http.account_cookies import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE
from sabiscore.settings import read_settings
from sabiscore.store.session import Database
from tests.support.openid_provider import StandInProvider

SECRET = "whsec_" + "YWNjb3VudHMt" * 3
OLDER_SECRET = "whsec_" + "b2xkZXItYWNj" * 3
PATH = "/api/v1/account"
SITE = "https://edge.example.com"
EMAIL, PASSWORD = "reader@example.com", "correct horse battery"
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)

CHEAP = Parameters(
    type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=64, parallelism=1
)


def cheapen_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on passwords are hashed at a thousandth of the price."""
    monkeypatch.setattr("sabiscore.accounts.passwords.RFC_9106_LOW_MEMORY", CHEAP)


@dataclass
class MovedClock:
    """A clock that a test moves."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class AccountService:
    """The account function of one machine, and browsers that ask it."""

    url: str
    secrets: str = SECRET
    clock: MovedClock = field(default_factory=MovedClock)
    more: Mapping[str, str] = field(default_factory=dict)
    provider: StandInProvider | None = None

    def __post_init__(self) -> None:
        environ = {"DATABASE_URL": self.url, "SABISCORE_ACCOUNT_SECRET": self.secrets, **self.more}
        self.app = account_app(Bootstrap(read_settings(environ), self.clock))

    def browser(self, address: str = "203.0.113.7") -> Browser:
        return Browser(TestClient(self.app, base_url=SITE, client=(address, 50_000)))


@dataclass
class Browser:
    """One reader's browser: it keeps cookies, and the access token that it was given last."""

    client: TestClient
    token: str = ""

    def ask(
        self, method: str, path: str = "", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Calls ``path`` below /api/v1/account as a page of the site does."""
        sent = {"sec-fetch-site": "same-origin", **(headers or {})}
        if self.token and "authorization" not in sent:
            sent["authorization"] = f"Bearer {self.token}"
        url = path if path.startswith("/api") else f"{PATH}{path}"
        answer = self.client.request(method, url, json=body, headers=sent)
        if answer.status_code == 200 and "access_token" in answer.json():
            self.token = answer.json()["access_token"]
        return answer

    def sign_up(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        return self.ask("POST", body={"email": email, "password": password})

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        return self.ask("POST", "/session", {"email": email, "password": password})

    def refresh(self, **headers: str) -> httpx2.Response:
        return self.ask("POST", "/session/refresh", headers={**self.csrf(), **headers})

    def sign_out(self) -> httpx2.Response:
        return self.ask("DELETE", "/session", headers=self.csrf())

    def csrf(self) -> dict[str, str]:
        return {CSRF_HEADER: self.cookie(CSRF_COOKIE)}

    def cookie(self, name: str = SESSION_COOKIE) -> str:
        return self.client.cookies.get(name) or ""


def account_service(folder: Path, **options: Any) -> AccountService:
    """Accounts in a new SQLite file of ``folder``."""
    url = f"sqlite:///{folder / 'sabiscore.db'}"
    database = Database(url)
    with database.transaction():
        pass
    database.close()
    return AccountService(url, **options)


def signed_in(service: AccountService, email: str = EMAIL, password: str = PASSWORD) -> Browser:
    """A browser in which a new reader has signed in."""
    browser = service.browser()
    assert browser.sign_up(email, password).status_code == 200
    assert browser.sign_in(email, password).status_code == 200
    return browser

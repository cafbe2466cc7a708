"""What a reader and an operator do with accounts, over HTTP and by the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sabiscore.accounts.account import MOST_SESSIONS
from sabiscore.store.session import Database
from tests.support.accounts import (
    EMAIL,
    PASSWORD,
    SECRET,
    AccountService,
    account_service,
    cheapen_hashes,
    signed_in,
)
from tests.support.command import Sabiscore


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheapen_hashes(monkeypatch)


@pytest.fixture
def service(tmp_path: Path) -> AccountService:
    return account_service(tmp_path)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_reader_signs_up_in_and_out(database_of: Callable[[str], str], kind: str) -> None:
    url = database_of(kind)
    database = Database(url)
    with database.transaction():
        pass
    database.close()
    service = AccountService(url)
    reader = service.browser()
    assert reader.sign_up("Reader@Example.com").json()["status"] == "taken"
    opened = reader.sign_in().json()
    assert (opened["account"]["email"], opened["account"]["role"]) == (EMAIL, "reader")
    assert (opened["token_type"], opened["expires_in"]) == ("Bearer", 600)
    assert reader.ask("GET").json() == opened["account"]
    service.clock.pass_by(minutes=10)
    assert reader.ask("GET").status_code == 401
    assert reader.refresh().json()["access_token"] != opened["access_token"]
    assert reader.ask("GET").status_code == 200
    assert reader.sign_out().json() == {"status": "signed out"}
    assert reader.cookie() == ""
    assert reader.ask("GET").status_code == 401


def test_one_key_takes_the_place_of_the_other(service: AccountService) -> None:
    reader = signed_in(service)
    first, second = (reader.ask("POST", "/keys", {"name": name}).json() for name in ("old", "new"))
    refused = reader.ask("POST", "/keys", {"name": "a third"})
    assert (refused.status_code, refused.json()["hint"]) == (422, "Revoke one of them first.")
    program = service.browser()
    for key in (first, second):
        assert program.ask("GET", headers={"authorization": f"Bearer {key['secret']}"}).status_code == 200
    left = reader.ask("DELETE", f"/keys/{first['key']['id']}").json()["keys"]
    assert [key["name"] for key in left] == ["new"]
    assert left[0]["used_at"] is not None
    assert program.ask("GET", headers={"authorization": f"Bearer {first['secret']}"}).status_code == 401
    assert reader.ask("POST", "/keys", {"name": "newest"}).status_code == 200
    assert reader.ask("DELETE", "/keys/None").status_code == 422


def test_what_is_kept_of_a_reader_is_exported_and_deleted(service: AccountService) -> None:
    reader = signed_in(service)
    reader.ask("POST", "/keys", {"name": "home"})
    exported = reader.ask("GET", "/export")
    assert exported.headers["content-disposition"] == 'attachment; filename="sabiscore-account.json"'
    document = exported.json()
    assert document["account"]["email"] == EMAIL
    assert [len(document[name]) for name in ("sessions", "keys")] == [1, 1]
    assert "argon2" not in exported.text
    assert reader.ask("DELETE", body={"password": "not the password"}).status_code == 401
    assert reader.ask("DELETE", body={"password": PASSWORD}).json() == {"status": "deleted"}
    assert reader.ask("GET").status_code == 401
    assert reader.sign_in().status_code == 401
    assert service.browser().sign_up().status_code == 200
    assert service.browser().sign_in().status_code == 200


def test_the_session_that_was_used_least_lately_makes_room(service: AccountService) -> None:
    first = signed_in(service)
    for _ in range(MOST_SESSIONS):
        service.clock.pass_by(minutes=1)
        assert service.browser().sign_in().status_code == 200
    assert first.refresh().status_code == 401


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"SABISCORE_ACCOUNT_SECRET": ""}, "SABISCORE_ACCOUNT_SECRET"),
        ({"SABISCORE_BUCKET": "s3://home"}, "DATABASE_URL"),
    ],
)
def test_without_a_setting_there_are_no_accounts_and_the_answer_names_it(
    tmp_path: Path, environ: dict[str, str], missing: str
) -> None:
    browser = account_service(tmp_path, more=environ).browser()
    for answer in (browser.sign_up(), browser.sign_in(), browser.ask("GET"), browser.refresh()):
        assert answer.status_code == 503
        document = answer.json()
        assert document["type"] == "/docs#problem-accounts-off"
        assert document["detail"] == f"There are no accounts here: {missing} is not set."


def test_a_secret_that_is_none_is_named_and_not_shown(sabiscore: Sabiscore, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SABISCORE_ACCOUNT_SECRET", "too-short")
    said = sabiscore("accounts", "list")
    assert said.code == 2
    assert "SABISCORE_ACCOUNT_SECRET" in said.err
    assert "too-short" not in said.err


def test_an_operator_lists_resets_promotes_and_deletes(
    service: AccountService, sabiscore: Sabiscore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", service.url)
    monkeypatch.setenv("SABISCORE_ACCOUNT_SECRET", SECRET)
    reader = signed_in(service)
    (row,) = json.loads(sabiscore("accounts", "list", "--json").out)
    assert (row["email"], row["role"], row["sessions"], row["keys"]) == (EMAIL, "reader", 1, 0)
    assert EMAIL in sabiscore("accounts", "list").out
    password = json.loads(sabiscore("accounts", "reset", "Reader@example.com", "--json").out)["password"]
    assert reader.refresh().status_code == 401
    assert reader.sign_in().status_code == 401
    assert reader.sign_in(password=password).status_code == 200
    assert reader.ask("GET", "/api/v1/accounts").status_code == 403
    assert sabiscore("accounts", "role", EMAIL, "operator").out == f"{EMAIL} is operator now.\n"
    assert [each["email"] for each in reader.ask("GET", "/api/v1/accounts").json()["accounts"]] == [EMAIL]
    assert sabiscore("accounts", "role", EMAIL, "king").code == 2
    assert sabiscore("accounts", "delete", EMAIL).out == f"{EMAIL} is deleted.\n"
    assert sabiscore("accounts", "delete", EMAIL).code == 2
    assert reader.ask("GET").status_code == 401

"""What an attacker tries against accounts, through the HTTP surface: nothing is let in, nothing is told."""

from __future__ import annotations

import base64
import hmac
import json
import logging
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import create_engine, text

from sabiscore.accounts.attempts import MOST_OF_ACCOUNT, MOST_OF_ADDRESS, MOST_SIGN_UPS, WINDOW
from sabiscore.accounts.passwords import Passwords
from sabiscore.http.account_cookies import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE
from sabiscore.http.middleware.body_limit import MOST_BODY_BYTES
from tests.support.accounts import (
    EMAIL,
    OLDER_SECRET,
    PASSWORD,
    PATH,
    SECRET,
    AccountService,
    Browser,
    account_service,
    cheapen_hashes,
    signed_in,
)

SAME = ("type", "title", "status", "detail", "instance", "hint", "candidates", "errors")
CROSS_SITE = {"sec-fetch-site": "cross-site", "origin": "https://evil.example.com"}


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheapen_hashes(monkeypatch)


@pytest.fixture
def service(tmp_path: Path) -> AccountService:
    return account_service(tmp_path)


@pytest.fixture
def reader(service: AccountService) -> Browser:
    return signed_in(service)


def problem(answer) -> str:
    """The slug of a problem document."""
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["type"].removeprefix("/docs#problem-")


def said(answer) -> tuple:
    """Everything of a problem that may depend on what was asked."""
    document = answer.json()
    return answer.status_code, [document[name] for name in SAME], sorted(answer.headers)


def test_an_unknown_e_mail_and_a_wrong_password_are_answered_alike(service, reader) -> None:
    wrong = service.browser().sign_in(password="not the password")
    unknown = service.browser().sign_in(email="nobody@example.com")
    assert problem(wrong) == "wrong-credentials"
    assert said(wrong) == said(unknown)


def test_an_unknown_e_mail_costs_as_many_hashes(service, reader, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes: list[str] = []
    verify = Passwords.verify

    def noting(self: Passwords, kept: str | None, password: str) -> bool:
        parameters = (kept or self._nobody).split("$")[:4]
        hashes.append("$".join(parameters))
        return verify(self, kept, password)

    monkeypatch.setattr(Passwords, "verify", noting)
    service.browser().sign_in(password="not the password")
    service.browser().sign_in(email="nobody@example.com")
    assert len(hashes) == 2
    assert len(set(hashes)) == 1
    assert hashes[0].startswith("$argon2id$v=19$")


def test_a_password_is_hashed_as_rfc_9106_has_it() -> None:
    passwords = Passwords(PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY))
    kept = passwords.hash(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.verify(kept, PASSWORD)
    assert not passwords.verify(kept, "another password")
    assert not passwords.is_outdated(kept)
    assert Passwords().is_outdated(kept)  # by the parameters of these tests


def test_a_hash_of_other_parameters_is_made_anew_by_signing_in(service, reader, monkeypatch) -> None:
    monkeypatch.setattr("sabiscore.accounts.passwords.RFC_9106_LOW_MEMORY", RFC_9106_LOW_MEMORY)
    assert AccountService(service.url).browser().sign_in().status_code == 200
    engine = create_engine(service.url)
    with engine.begin() as connection:
        assert "m=65536" in str(connection.scalar(text("SELECT password FROM accounts")))
    engine.dispose()


def test_signing_up_says_the_same_of_an_e_mail_that_has_an_account(service, reader) -> None:
    again, new = service.browser().sign_up(password="another password"), service.browser("198.51.100.2")
    assert again.json() == new.sign_up(email="new@example.com").json()
    assert service.browser().sign_in(password="another password").status_code == 401
    assert service.browser().sign_in().status_code == 200


def test_an_account_is_tried_so_often_from_whatever_addresses(service, reader) -> None:
    for number in range(MOST_OF_ACCOUNT):
        assert service.browser(f"198.51.100.{number}").sign_in(password="guess-guess").status_code == 401
    refused = service.browser("198.51.100.99").sign_in()
    assert (refused.status_code, problem(refused)) == (429, "too-many-requests")
    assert int(refused.headers["retry-after"]) == WINDOW.total_seconds()
    service.clock.pass_by(minutes=15)
    assert service.browser("198.51.100.99").sign_in().status_code == 200


def test_an_e_mail_that_has_no_account_is_limited_alike(service) -> None:
    for number in range(MOST_OF_ACCOUNT):
        service.browser(f"198.51.100.{number}").sign_in(email="nobody@example.com")
    refused = service.browser("198.51.100.99").sign_in(email="nobody@example.com")
    assert refused.status_code == 429


def test_an_address_tries_so_often_whatever_accounts(service, reader) -> None:
    thief = service.browser("198.51.100.1")
    for number in range(MOST_OF_ADDRESS):
        assert thief.sign_in(email=f"reader{number}@example.com").status_code == 401
    assert thief.sign_in().status_code == 429
    assert service.browser("198.51.100.2").sign_in().status_code == 200


def test_signing_in_is_no_attempt(service, reader) -> None:
    for _ in range(MOST_OF_ADDRESS + 2):
        assert service.browser().sign_in().status_code == 200


def test_an_address_signs_up_so_often(service) -> None:
    browser = service.browser()
    for number in range(MOST_SIGN_UPS):
        assert browser.sign_up(email=f"reader{number}@example.com").status_code == 200
    assert browser.sign_up(email="one-more@example.com").status_code == 429


def test_the_password_is_tried_as_seldom_with_a_stolen_access_token(service, reader) -> None:
    for _ in range(MOST_OF_ACCOUNT):
        assert reader.ask("DELETE", body={"password": "guess-guess"}).status_code == 401
    assert reader.ask("DELETE", body={"password": PASSWORD}).status_code == 429


def test_a_session_that_somebody_planted_is_not_taken_over(service) -> None:
    """Fixation: whatever cookie was there before, signing in makes another."""
    thief = signed_in(service, "thief@example.com")
    victim = service.browser()
    planted = thief.cookie()
    victim.client.cookies.set(SESSION_COOKIE, planted, domain="edge.example.com", path="/")
    victim.sign_up()
    victim.sign_in()
    assert victim.cookie() != planted
    assert thief.refresh().json()["account"]["email"] == "thief@example.com"


def test_cookies_are_hidden_from_scripts_and_bound_to_this_host(reader) -> None:
    set_by = {field.partition("=")[0]: field for field in reader.refresh().headers.get_list("set-cookie")}
    assert set(set_by) == {SESSION_COOKIE, CSRF_COOKIE}
    for name, field in set_by.items():
        attributes = {part.strip().lower() for part in field.split(";")[1:]}
        assert {"path=/", "secure", "samesite=strict"} <= attributes
        assert ("httponly" in attributes) == (name == SESSION_COOKIE)
        assert not any(attribute.startswith("domain") for attribute in attributes)


def test_a_refresh_token_is_good_once_and_its_return_ends_the_session(
    service, reader, caplog: pytest.LogCaptureFixture
) -> None:
    stolen, csrf = reader.cookie(), reader.csrf()
    assert reader.refresh().status_code == 200
    newest = reader.token
    thief = service.browser("198.51.100.1")
    cookies = {"cookie": f"{SESSION_COOKIE}={stolen}; {CSRF_COOKIE}={csrf[CSRF_HEADER]}"}
    with caplog.at_level(logging.WARNING):
        replayed = thief.ask("POST", "/session/refresh", headers={**csrf, **cookies})
    assert (replayed.status_code, problem(replayed)) == (401, "signed-out")
    assert reader.refresh().status_code == 401  # nobody knows which of the two is the reader
    assert reader.ask("GET", headers={"authorization": f"Bearer {newest}"}).status_code == 401
    assert "an older token of it came back" in caplog.text
    assert stolen not in caplog.text


def test_other_sessions_outlive_the_one_that_was_copied(service, reader) -> None:
    elsewhere = service.browser()
    elsewhere.sign_in()
    older, csrf = reader.cookie(), reader.csrf()
    reader.refresh()
    cookies = {"cookie": f"{SESSION_COOKIE}={older}; {CSRF_COOKIE}={csrf[CSRF_HEADER]}"}
    service.browser().ask("POST", "/session/refresh", headers={**csrf, **cookies})
    assert elsewhere.refresh().status_code == 200


def test_a_token_that_we_never_made_ends_no_session(service, reader) -> None:
    session_id, generation, signature = reader.cookie().split(".")
    for forged in (
        f"{session_id}.{int(generation) + 1}.{signature}",
        f"{session_id}.{generation}.{'0' * 64}",
        f"{session_id}.{generation}",
        "",
    ):
        cookies = {"cookie": f"{SESSION_COOKIE}={forged}; {CSRF_COOKIE}={reader.cookie(CSRF_COOKIE)}"}
        answer = service.browser().ask("POST", "/session/refresh", headers={**reader.csrf(), **cookies})
        assert problem(answer) == "signed-out"
    assert reader.refresh().status_code == 200


def test_a_session_is_over_after_a_month_however_often_it_is_renewed(service, reader) -> None:
    for _ in range(29):
        service.clock.pass_by(days=1)
        assert reader.refresh().status_code == 200
    service.clock.pass_by(hours=23, minutes=55)
    assert reader.refresh().status_code == 200
    service.clock.pass_by(minutes=5)
    assert problem(reader.ask("GET")) == "signed-out"  # an access token does not outlive its session
    assert problem(reader.refresh()) == "signed-out"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"email": "new@example.com", "password": PASSWORD}),
        ("POST", "/session", {"email": EMAIL, "password": PASSWORD}),
        ("POST", "/session/refresh", None),
        ("DELETE", "/session", None),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        CROSS_SITE,
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://edge.example.com"},
    ],
)
def test_no_page_of_another_site_acts_for_a_reader(reader, method, path, body, headers) -> None:
    answer = reader.ask(method, path, body, {**reader.csrf(), **headers})
    assert (answer.status_code, problem(answer)) == (403, "forbidden")
    assert reader.refresh().status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "null", "", "https://edge.example.com.evil.org"]
)
def test_a_browser_that_names_only_an_origin_is_judged_by_it(service, reader, origin: str) -> None:
    headers = {**reader.csrf(), "origin": origin}
    own = {**reader.csrf(), "origin": "https://edge.example.com"}
    session = f"{PATH}/session"
    assert reader.client.delete(session, headers=headers).status_code == 403
    assert reader.client.delete(session, headers=own).status_code == 200


@pytest.mark.parametrize("sent", ["", "0" * 64, "ünïcode"])
def test_a_call_by_cookie_needs_the_token_of_its_own_session(service, reader, sent: str) -> None:
    thief = signed_in(service, "thief@example.com")
    wrong = sent or thief.cookie(CSRF_COOKIE)
    cookie = f"{SESSION_COOKIE}={reader.cookie()}; {CSRF_COOKIE}={wrong}".encode()
    for headers in (
        {CSRF_HEADER: wrong.encode(), "cookie": cookie},  # a cookie that somebody planted, repeated
        {CSRF_HEADER: wrong.encode()},
        {},
    ):
        answer = reader.client.post(f"{PATH}/session/refresh", headers=headers)
        assert (answer.status_code, problem(answer)) == (403, "forbidden")
    assert reader.refresh().status_code == 200


def segments(token: str) -> list[dict]:
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def token_of(header: dict, claims: dict, key: bytes = b"") -> str:
    named = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)
    )
    signature = hmac.digest(key, named.encode(), "sha256") if key else b""
    return f"{named}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_an_access_token_that_we_did_not_sign_is_none(reader) -> None:
    header, claims = segments(reader.token)
    assert header["alg"] == "HS256"
    forged = [
        token_of({"alg": "none", "typ": "JWT"}, claims),
        token_of({**header, "alg": "None"}, claims),
        token_of(header, claims, SECRET.encode()),
        token_of(header, {**claims, "sub": "f" * 32}, b"guess"),
        reader.token[:-4] + "AAAA",
        reader.token.rpartition(".")[0] + ".",
        "a.b.c",
        "x" * 2_000,
        "",
    ]
    for token in forged:
        answer = reader.ask("GET", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, problem(answer)) == (401, "signed-out")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert reader.client.get(PATH, headers={"authorization": f"Basic {reader.token}"}).status_code == 401
    assert reader.ask("GET").status_code == 200


def test_a_cookie_alone_reads_nothing(reader) -> None:
    assert reader.client.get(PATH).status_code == 401
    assert reader.client.get(f"{PATH}/export").status_code == 401


def test_an_access_token_is_over_after_ten_minutes_and_at_once_where_its_session_is(service, reader) -> None:
    token = reader.token
    service.clock.pass_by(minutes=9, seconds=59)
    assert reader.ask("GET").status_code == 200
    service.clock.pass_by(seconds=1)
    assert reader.ask("GET").status_code == 401
    reader.refresh()
    token = reader.token
    reader.sign_out()
    assert reader.ask("GET", headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_a_session_is_no_access_token_and_no_key_and_the_other_way_round(reader) -> None:
    key = reader.ask("POST", "/keys", {"name": "home"}).json()["secret"]
    for token in (reader.cookie(), reader.cookie(CSRF_COOKIE)):
        assert reader.ask("GET", headers={"authorization": f"Bearer {token}"}).status_code == 401
    for token in (key, reader.token):
        cookies = f"{SESSION_COOKIE}={token}; {CSRF_COOKIE}={reader.cookie(CSRF_COOKIE)}"
        answer = reader.ask("POST", "/session/refresh", headers={**reader.csrf(), "cookie": cookies})
        assert answer.status_code == 401


def test_a_reader_does_not_reach_another_ones_keys(service, reader) -> None:
    made = reader.ask("POST", "/keys", {"name": "home"}).json()
    thief = signed_in(service, "thief@example.com")
    assert thief.ask("DELETE", f"/keys/{made['key']['id']}").json() == {"keys": []}
    assert reader.ask("GET", headers={"authorization": f"Bearer {made['secret']}"}).status_code == 200
    assert thief.ask("GET", "/export").json()["keys"] == []


def test_an_api_key_reads_and_changes_nothing(service, reader) -> None:
    key = reader.ask("POST", "/keys", {"name": "home"}).json()["secret"]
    program = service.browser()
    program.token = key
    assert program.ask("GET").json()["email"] == EMAIL
    for method, path, body in (
        ("DELETE", "", {"password": PASSWORD}),
        ("POST", "/password", {"current": PASSWORD, "password": "another password"}),
        ("GET", "/export", None),
        ("GET", "/keys", None),
        ("POST", "/keys", {"name": "more"}),
        ("DELETE", "/keys/0123456789abcdef", None),
        ("GET", "/api/v1/accounts", None),
    ):
        answer = program.ask(method, path, body)
        assert (answer.status_code, problem(answer)) == (403, "forbidden")


def test_only_an_operator_lists_accounts_and_by_the_role_of_this_moment(service, reader) -> None:
    assert problem(reader.ask("GET", "/api/v1/accounts")) == "forbidden"
    engine = create_engine(service.url)
    for role, status in (("operator", 200), ("reader", 403)):
        with engine.begin() as connection:
            connection.execute(text("UPDATE accounts SET role = :role"), {"role": role})
        assert reader.ask("GET", "/api/v1/accounts").status_code == status  # with the token of before
    engine.dispose()


@pytest.mark.parametrize(
    "body",
    [
        {"email": EMAIL},
        {"email": [EMAIL], "password": PASSWORD},
        {"email": {"$ne": ""}, "password": {"$ne": ""}},
        {"email": EMAIL, "password": 123456789012},
        {"email": EMAIL, "password": None},
        {"email": EMAIL, "password": PASSWORD, "role": "operator"},
        {"email": "reader@localhost", "password": PASSWORD},
        {"email": "reader@example.com\r\nBcc: x@example.com", "password": PASSWORD},
        {"email": "reader@example.com\x00", "password": PASSWORD},
        {"email": "reäder@example.com", "password": PASSWORD},
        {"email": f"{'a' * 300}@example.com", "password": PASSWORD},
        {"email": EMAIL, "password": "short"},
        {"email": EMAIL, "password": "x" * 201},
        {"email": "' OR 1=1 --@example.com", "password": PASSWORD},
        [EMAIL, PASSWORD],
        "reader",
    ],
)
def test_odd_values_are_refused_and_never_repeated(service, body) -> None:
    browser = service.browser()
    answer = browser.ask("POST", body=body)
    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert PASSWORD not in answer.text
    assert "x" * 100 not in answer.text


@pytest.mark.parametrize(
    "text", [b'"\\ud800 and ten more"', b'"\xff\xfe and ten more"', b'"a null \x00 and more"']
)
def test_what_is_no_text_is_no_password(service, text: bytes) -> None:
    body = b'{"email": "reader@example.com", "password": ' + text + b"}"
    headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
    for path in (PATH, f"{PATH}/session"):
        assert service.browser().client.post(path, content=body, headers=headers).status_code == 400


def test_an_oversized_body_is_refused_unread(service) -> None:
    body = {"email": EMAIL, "password": "x" * MOST_BODY_BYTES}
    for path in ("", "/session", "/password", "/keys"):
        assert service.browser().ask("POST", path, body).status_code == 413


def test_a_form_of_another_site_is_no_call(service) -> None:
    form = {"email": EMAIL, "password": PASSWORD}
    for path in (PATH, f"{PATH}/session"):
        assert service.browser().client.post(path, data=form).status_code == 415


def test_one_password_typed_by_two_keyboards_is_one(service) -> None:
    signed_in(service, password="caf\u00e9 au lait noir")
    assert service.browser().sign_in(password="cafe\u0301 au lait noir").status_code == 200


def test_a_changed_password_ends_every_session(service, reader) -> None:
    elsewhere = service.browser()
    elsewhere.sign_in()
    before = reader.token
    changed = reader.ask("POST", "/password", {"current": PASSWORD, "password": "another password"})
    assert changed.status_code == 200
    assert elsewhere.refresh().status_code == 401
    assert reader.ask("GET", headers={"authorization": f"Bearer {before}"}).status_code == 401
    assert reader.ask("GET").status_code == 200
    assert service.browser().sign_in().status_code == 401
    assert service.browser().sign_in(password="another password").status_code == 200


def test_nothing_that_lets_in_is_stored_or_logged(
    service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        reader = signed_in(service)
        key = reader.ask("POST", "/keys", {"name": "home"}).json()["secret"]
        reader.ask("GET", headers={"authorization": f"Bearer {key}"})
        reader.refresh()
        service.browser().sign_in(password="a wrong password")
        reader.ask("GET", headers={"authorization": "Bearer sbk_0123456789abcdef_" + "x" * 43})
    secrets = (
        PASSWORD, "a wrong password", key, key.rpartition("_")[2], reader.token, reader.cookie(), SECRET,
        "203.0.113.7",
    )  # fmt: skip
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in secrets:
        assert secret not in caplog.text
        assert secret.encode() not in stored


def test_a_rotated_secret_keeps_sessions_and_keys_and_the_older_one_alone_none(tmp_path: Path) -> None:
    before = account_service(tmp_path, secrets=OLDER_SECRET)
    reader = signed_in(before)
    key = reader.ask("POST", "/keys", {"name": "home"}).json()["secret"]
    both = AccountService(before.url, f"{SECRET} {OLDER_SECRET}")
    reader.client.app = both.app
    rotated = Browser(both.browser().client, reader.token)
    assert rotated.ask("GET").status_code == 200
    assert rotated.ask("GET", headers={"authorization": f"Bearer {key}"}).status_code == 200
    after = AccountService(before.url, SECRET).browser()
    assert after.ask("GET", headers={"authorization": f"Bearer {key}"}).status_code == 200
    assert after.ask("GET", headers={"authorization": f"Bearer {reader.token}"}).status_code == 401


def test_no_answer_about_an_account_may_be_kept(reader) -> None:
    for path in ("", "/export", "/keys"):
        answer = reader.ask("GET", path)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers

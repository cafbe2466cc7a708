"""Signing in at an OpenID provider, and every way to be somebody else by it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sabiscore.errors import BadSetting
from sabiscore.http.account_cookies import SESSION_COOKIE, STATE_COOKIE
from sabiscore.http.openid_routes import CALLBACK
from sabiscore.settings import read_settings
from tests.support.accounts import (
    EMAIL,
    PASSWORD,
    SITE,
    AccountService,
    Browser,
    account_service,
    cheapen_hashes,
    signed_in,
)
from tests.support.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    KEY,
    OTHER_KEY,
    StandInProvider,
    openid_provider,
    signed_by_hmac,
)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheapen_hashes(monkeypatch)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[AccountService]:
    """Accounts, and as ``provider`` where readers may sign in too."""
    service = account_service(tmp_path)
    with openid_provider(lambda: service.clock.now().timestamp()) as provider:
        environ = {
            "SABISCORE_EDGE_URL": SITE,
            "SABISCORE_EDGE_SECRET": "an-edge-secret-of-thirty-chars",
            "SABISCORE_OIDC_ISSUER": provider.url,
            "SABISCORE_OIDC_CLIENT_ID": CLIENT_ID,
            "SABISCORE_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }
        yield AccountService(service.url, clock=service.clock, more=environ, provider=provider)


@pytest.fixture
def provider(service: AccountService) -> StandInProvider:
    assert service.provider is not None
    return service.provider


def leave(browser: Browser) -> str:
    """The provider's address that the browser is sent to."""
    answer = browser.ask("POST", "/openid")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["location"]


def come_back(browser: Browser, answer: dict[str, str]) -> Any:
    """As a link on the provider's page brings the browser back."""
    headers = {"sec-fetch-site": "cross-site", "accept": "text/html,application/xhtml+xml"}
    return browser.client.get(CALLBACK, params=answer, headers=headers, follow_redirects=False)


def sign_in(service: AccountService, browser: Browser | None = None) -> tuple[Browser, Any]:
    browser = browser or service.browser()
    assert service.provider is not None
    return browser, come_back(browser, service.provider.authorize(leave(browser)))


def refused(answer: Any, status: int = 401) -> str:
    assert answer.status_code == status
    assert SESSION_COOKIE not in str(answer.headers.get_list("set-cookie"))
    return answer.json()["detail"]


def test_a_reader_signs_in_at_the_provider_and_is_the_same_the_next_time(service, provider) -> None:
    reader, answer = sign_in(service)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    account = reader.refresh().json()["account"]
    assert account["email"] == EMAIL
    provider.claims = {"email": "moved@example.com"}
    again, _ = sign_in(service)
    assert again.refresh().json()["account"] == account
    exported = again.ask("GET", "/export").json()["identities"]
    assert exported == [{"issuer": provider.url, "subject": "248289761001", "email": EMAIL}]
    assert provider.forms[0]["client_secret"] == CLIENT_SECRET


def test_a_program_that_comes_back_is_given_its_tokens(service, provider) -> None:
    program = service.browser()
    answer = program.client.get(CALLBACK, params=provider.authorize(leave(program)))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    program.token = answer.json()["access_token"]
    assert program.ask("GET").json() == answer.json()["account"]


def test_what_ties_the_flow_to_a_browser_is_hidden_and_is_taken_back(service) -> None:
    browser = service.browser()
    (field,) = browser.ask("POST", "/openid").headers.get_list("set-cookie")
    attributes = {part.strip().lower() for part in field.split(";")[1:]}
    assert field.startswith(f"{STATE_COOKIE}=")
    assert {"httponly", "secure", "samesite=lax", "path=/", "max-age=600"} <= attributes
    browser, _ = sign_in(service)
    assert browser.cookie(STATE_COOKIE) == ""


def test_a_state_is_taken_once(service, provider) -> None:
    browser = service.browser()
    answer = provider.authorize(leave(browser))
    state = browser.cookie(STATE_COOKIE)
    assert come_back(browser, answer).status_code == 303
    provider.codes["another"] = dict(provider.codes.get("another", {}))
    browser.client.cookies.set(STATE_COOKIE, state, domain="edge.example.com", path="/")
    assert "before" in refused(come_back(browser, {**answer, "code": "another"}))
    assert len(provider.forms) == 1


def test_the_state_of_another_browser_signs_nobody_in(service, provider) -> None:
    """A thief sends the own link to come back: whoever opens it would be in the thief's account."""
    thief = service.browser()
    link = provider.authorize(leave(thief))
    victim = service.browser()
    refused(come_back(victim, link))
    leave(victim)
    refused(come_back(victim, link))
    assert provider.forms == []


@pytest.mark.parametrize("state", ["", "x", f"1773489600.{'4f' * 16}.{'0' * 64}", "ü"])
def test_a_state_that_we_never_made_is_none_even_if_the_browser_has_it(service, state: str) -> None:
    browser = service.browser()
    headers = {"cookie": f"{STATE_COOKIE}={state}".encode()}
    answer = browser.client.get(CALLBACK, params={"code": "c", "state": state}, headers=headers)
    refused(answer)


def test_a_callback_without_state_is_refused(service) -> None:
    answer = service.browser().client.get(CALLBACK, params={"code": "c"})
    assert answer.status_code == 422


def test_who_comes_back_too_late_begins_again(service, provider) -> None:
    browser = service.browser()
    answer = provider.authorize(leave(browser))
    service.clock.pass_by(minutes=10)
    assert "too long" in refused(come_back(browser, answer))


def test_the_answer_of_another_provider_is_not_taken(service, provider) -> None:
    """Mix-up (RFC 9207)."""
    browser = service.browser()
    answer = provider.authorize(leave(browser))
    refused(come_back(browser, {**answer, "iss": "https://evil.example.com"}))
    assert provider.forms == []


def test_a_provider_that_refuses_is_passed_on(service, provider) -> None:
    browser = service.browser()
    state = provider.authorize(leave(browser))["state"]
    refused(come_back(browser, {"state": state, "error": "access_denied"}))


def test_a_code_that_the_provider_does_not_take_signs_nobody_in(service, provider) -> None:
    browser = service.browser()
    answer = provider.authorize(leave(browser))
    refused(come_back(browser, {**answer, "code": "a-guess"}))


def test_a_stolen_code_is_worth_nothing_without_its_verifier(service, provider) -> None:
    victim, thief = service.browser(), service.browser()
    stolen = provider.authorize(leave(victim))
    own = parse_qs(urlsplit(leave(thief)).query)["state"][0]
    refused(come_back(thief, {**stolen, "state": own}))


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example.com"},
    "another client": {"aud": "another-client"},
    "many clients, none authorised": {"aud": [CLIENT_ID, "another-client"]},
    "another one authorised": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
    "over": {"exp": 1_773_489_600 - 1},
    "over, as text": {"exp": "4102444800"},
    "of the future": {"iat": 1_773_489_600 + 3_600},
    "another nonce": {"nonce": "of-another-flow"},
    "no nonce": {"nonce": None},
    "no end": {"exp": None},
    "nobody": {"sub": None},
    "an odd subject": {"sub": ""},
    "an endless subject": {"sub": "x" * 256},
    "no e-mail": {"email": None},
    "an unconfirmed e-mail": {"email_verified": False},
    "an e-mail confirmed in words": {"email_verified": "true"},
    "what is no e-mail": {"email": "reader"},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_an_id_token_is_believed_only_whole(service, provider, claims: dict[str, Any]) -> None:
    provider.claims = claims
    _, answer = sign_in(service)
    refused(answer)


def signed_by_another(provider: StandInProvider) -> None:
    provider.key = OTHER_KEY


def unsigned(provider: StandInProvider) -> None:
    provider.sign = lambda claims: jwt.encode(claims, None, algorithm="none", headers={"kid": "first"})


def signed_with_the_public_key(provider: StandInProvider) -> None:
    """The old confusion: a public key taken for the secret of an HMAC."""
    secret = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    provider.sign = lambda claims: signed_by_hmac(claims, secret)


def signed_with_our_client_secret(provider: StandInProvider) -> None:
    provider.sign = lambda claims: signed_by_hmac(claims, CLIENT_SECRET.encode())


def of_an_unknown_key(provider: StandInProvider) -> None:
    provider.kid = "another"


def no_token(provider: StandInProvider) -> None:
    provider.sign = str


@pytest.mark.parametrize(
    "forge",
    [
        signed_by_another,
        unsigned,
        signed_with_the_public_key,
        signed_with_our_client_secret,
        of_an_unknown_key,
        no_token,
    ],
)
def test_an_id_token_that_the_provider_did_not_sign_is_none(service, provider, forge) -> None:
    forge(provider)
    _, answer = sign_in(service)
    refused(answer)


def test_a_key_that_the_provider_made_meanwhile_is_found(service, provider) -> None:
    sign_in(service)
    provider.kid = provider.published_kid = "second"
    service.clock.pass_by(minutes=1)
    _, answer = sign_in(service)
    assert answer.status_code == 303


def test_what_the_provider_publishes_is_asked_for_once_in_a_while(service, provider) -> None:
    for _ in range(3):
        sign_in(service)
    assert provider.asked.count("/.well-known/openid-configuration") == provider.asked.count("/keys") == 1
    service.clock.pass_by(minutes=5)
    sign_in(service)
    assert provider.asked.count("/keys") == 2


def test_a_configuration_of_another_issuer_is_not_used(service, provider) -> None:
    provider.issuer = "https://evil.example.com"
    answer = service.browser().ask("POST", "/openid")
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs#problem-unavailable")
    assert "evil" not in answer.text


def test_an_account_with_a_password_is_not_taken_over_and_takes_nobody_over(service, provider) -> None:
    """Whoever signed up with somebody else's e-mail, which nobody confirmed, must not share their account."""
    thief = signed_in(service)
    victim, answer = sign_in(service)
    assert answer.status_code == 422
    assert victim.cookie() == ""
    assert thief.ask("GET", "/export").json()["identities"] == []


def test_an_account_without_a_password_cannot_be_signed_in_to_with_any(service, provider) -> None:
    sign_in(service)
    for password in (PASSWORD, "None", "x" * 12):
        assert service.browser().sign_in(password=password).status_code == 401
    assert service.browser().sign_up().status_code == 200  # as for any e-mail that has an account
    assert service.browser().sign_in().status_code == 401


def test_what_cannot_be_undone_takes_a_new_session_where_there_is_no_password(service, provider) -> None:
    reader, _ = sign_in(service)
    service.clock.pass_by(minutes=11)
    reader.refresh()
    assert reader.ask("DELETE", body={}).status_code == 403
    reader, _ = sign_in(service, reader)
    reader.refresh()
    assert reader.ask("DELETE", body={}).json() == {"status": "deleted"}


def test_a_page_of_another_site_sends_nobody_away(service) -> None:
    answer = service.browser().ask("POST", "/openid", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_no_secret_of_the_flow_is_logged(service, provider, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        reader, _ = sign_in(service)
        provider.key = OTHER_KEY
        sign_in(service)
    # But for what the browser of these tests says itself.
    ours = "\n".join(each.getMessage() for each in caplog.records if each.name != "httpx2")
    for secret in (
        CLIENT_SECRET,
        provider.forms[0]["code_verifier"],
        "code-of-the-provider",
        reader.cookie(),
    ):
        assert secret not in ours


def test_without_its_settings_there_is_no_provider(tmp_path: Path) -> None:
    answer = account_service(tmp_path).browser().ask("POST", "/openid")
    assert answer.json()["detail"] == "There are no accounts here: SABISCORE_OIDC_ISSUER is not set."


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"SABISCORE_OIDC_ISSUER": "http://id.example.com"}, "SABISCORE_OIDC_ISSUER"),
        ({"SABISCORE_OIDC_ISSUER": "https://10.0.0.1"}, "SABISCORE_OIDC_ISSUER"),
        ({"SABISCORE_OIDC_ISSUER": "https://id.example.com/../x"}, "SABISCORE_OIDC_ISSUER"),
        ({"SABISCORE_OIDC_ISSUER": "https://id.example.com/?x"}, "SABISCORE_OIDC_ISSUER"),
        ({"SABISCORE_OIDC_ISSUER": "https://id.example.com"}, "SABISCORE_OIDC_CLIENT_ID"),
    ],
)
def test_a_provider_is_named_wholly_or_not_at_all(environ: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        read_settings(environ)
    assert refusal.value.setting == named


def test_an_issuer_may_have_a_path() -> None:
    environ = {
        "SABISCORE_OIDC_ISSUER": "https://id.example.com/tenant/v2.0",
        "SABISCORE_OIDC_CLIENT_ID": CLIENT_ID,
        "SABISCORE_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    settings = read_settings(environ)
    assert settings.oidc_issuer == "https://id.example.com/tenant/v2.0"
    assert CLIENT_SECRET not in repr(settings)

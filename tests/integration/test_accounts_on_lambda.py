"""Accounts as Lambda runs them: the layers of their function, and cookies as API Gateway has them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import Sandbox
from infra.project import ROOT
from sabiscore.http.account_cookies import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE
from tests.support.accounts import SECRET, account_service

EVENTS = ROOT / "tests/events"


def recorded(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def cookies_of(response: Any) -> dict[str, str]:
    return dict(field.partition(";")[0].split("=", 1) for field in response["cookies"])


def test_a_reader_signs_up_in_and_renews_the_session(tmp_path: Path) -> None:
    environ = {
        "SABISCORE_HOME": str(tmp_path / "home"),
        "DATABASE_URL": account_service(tmp_path).url,
        "SABISCORE_ACCOUNT_SECRET": SECRET,
    }
    with Sandbox(image(), "functions/account.handler", environ) as started:
        assert started.call(recorded("account")).status == 200
        signed_in = started.call(recorded("account_session"))
        assert signed_in.status == 200
        cookies = cookies_of(signed_in.response)
        assert set(cookies) == {SESSION_COOKIE, CSRF_COOKIE}
        refresh = recorded("account_refresh")
        refresh["cookies"] = [f"{name}={value}" for name, value in cookies.items()]
        refresh["headers"][CSRF_HEADER] = cookies[CSRF_COOKIE]
        renewed = started.call(refresh)
        assert renewed.status == 200
        assert cookies_of(renewed.response)[SESSION_COOKIE] != cookies[SESSION_COOKIE]
        assert started.call(refresh).status == 401
        keys = recorded("account_keys")
        for name in ("account_keys", "account_export", "accounts", "account_openid_callback"):
            assert started.call(recorded(name)).status == (503 if name.endswith("callback") else 401)
        token = json.loads(signed_in.response["body"])["access_token"]
        keys["headers"]["authorization"] = f"Bearer {token}"
        assert started.call(keys).status == 401  # an older token of the session came back
        assert token not in started.log()


def test_without_its_secret_it_says_so(tmp_path: Path) -> None:
    with Sandbox(image(), "functions/account.handler", {"SABISCORE_HOME": str(tmp_path)}) as started:
        answer = started.call(recorded("account_export"))
        assert answer.status == 503
        assert b"SABISCORE_ACCOUNT_SECRET is not set" in base64.b64decode(answer.response["body"])

"""The OpenID provider of the settings, asked through the one HTTP client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sabiscore.errors import AccountsOff, BadAnswer, BadSetting
from sabiscore.settings import Settings

if TYPE_CHECKING:
    from sabiscore.accounts.openid import Ask, OpenIdProvider
    from sabiscore.clock import Clock

CALL_S = 3.0
"""Of a call to the provider: signing in makes three at most, within the ten seconds of an answer."""
MOST_BYTES = 256 * 1024
REFUSALS = (400, 401, 403)


def openid_provider(settings: Settings, clock: Clock) -> OpenIdProvider:
    """The provider that readers may sign in at. Raises AccountsOff where a setting for it is missing."""
    if settings.oidc_issuer is None:
        raise AccountsOff("SABISCORE_OIDC_ISSUER")
    if settings.edge_url is None:
        raise AccountsOff("SABISCORE_EDGE_URL")  # whose address the provider sends readers back to
    from sabiscore.accounts.keys import Keyring
    from sabiscore.accounts.openid import OpenIdProvider, ProviderSettings
    from sabiscore.http.openid_routes import CALLBACK

    provider = ProviderSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        redirect_uri=f"{settings.edge_url}{CALLBACK}",
    )
    return OpenIdProvider(provider, Keyring(settings.account_secrets), _asking(), now=clock.now)


def _asking() -> Ask:
    from sabiscore.net.allowed import origin_of
    from sabiscore.net.client import Client, HttpCall, check

    client = Client(deadline_s=CALL_S)

    def ask(address: str, form: Mapping[str, str] | None) -> Mapping[str, Any] | None:
        try:
            origin_of(address)
        except BadSetting:
            raise BadAnswer("The provider names an address that may not be asked.") from None
        call = HttpCall(
            url=address,
            method="GET" if form is None else "POST",
            headers={"Accept": "application/json", **({} if form is None else _FORM)},
            body=b"" if form is None else urlencode(form).encode(),
            max_bytes=MOST_BYTES,
        )
        answer = client.send(call)
        if form is not None and answer.status in REFUSALS:
            return None
        check(call, answer)
        return _object(answer.body)

    return ask


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadAnswer("The provider answered with what is no JSON object.")
    return found

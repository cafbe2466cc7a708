"""Signing in at an OpenID provider: the code flow with PKCE (RFC 7636) and a state for one browser, once."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from sabiscore.accounts.account import ProviderIdentity, email_of
from sabiscore.accounts.keys import Keyring
from sabiscore.errors import BadAnswer, SignedOut

FLOW_LIFE = timedelta(minutes=10)
"""From leaving for the provider until coming back."""
LEEWAY_S = 60
PUBLISHED_LIFE = timedelta(minutes=5)
"""For so long the provider's configuration and keys are not asked for again."""
NEW_KEYS_AFTER = timedelta(seconds=30)
"""A key that is not among those known may be a new one; so often that is looked for."""
ALGORITHMS = ("RS256", "ES256")
SCOPE = "openid email"
_STATE = re.compile(r"([0-9]{10})\.[0-9a-f]{32}\.([0-9a-f]{64})")

Ask = Callable[[str, Mapping[str, str] | None], Mapping[str, Any] | None]
"""(address, form to post or None to get) → the JSON object of the answer; None for a refusal of the form.

Raises Unavailable where the provider gives no answer that can be used.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """The provider, and how it knows us."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


class OpenIdProvider:
    """The provider of ``settings``; what it says is asked for with ``ask`` and believed once verified."""

    def __init__(
        self, settings: ProviderSettings, keyring: Keyring, ask: Ask, *, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._keyring = keyring
        self._ask = ask
        self._now = now
        self._published: dict[str, tuple[datetime, Mapping[str, Any]]] = {}

    def leave(self) -> tuple[str, str]:
        """(address to go to, state to keep in this browser)."""
        named = f"{int(self._now().timestamp())}.{token_hex(16)}"
        state = f"{named}.{self._keyring.sign('state', named)}"
        challenge = urlsafe_b64encode(sha256(self._verifier(state).encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": self._nonce(state),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", state

    def require_state(self, kept: str, given: str) -> None:
        """Refuses a state that is not this browser's, not ours, or over. Raises SignedOut."""
        parts = _STATE.fullmatch(given)
        is_own = hmac.compare_digest(kept.encode(), given.encode())
        if (
            parts is None
            or not is_own
            or not self._keyring.holds("state", given.rpartition(".")[0], parts[2])
        ):
            raise SignedOut("This browser did not ask to be signed in.", hint="Begin again.")
        if not 0 <= self._now().timestamp() - int(parts[1]) < FLOW_LIFE.total_seconds():
            raise SignedOut("It took too long to come back.", hint="Begin again.")

    def come_back(self, state: str, code: str | None, issuer: str | None) -> ProviderIdentity:
        """Who came back with ``code``, which is None where the provider gave none.

        ``issuer`` is who says to have sent the reader back, where it is said (RFC 9207). Raises SignedOut
        where the provider does not vouch for anybody, Unavailable where it cannot be asked.
        """
        if issuer not in (None, self._settings.issuer) or code is None:
            raise SignedOut("The provider did not sign you in.", hint="Begin again.")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
            "code_verifier": self._verifier(state),
        }
        tokens = self._ask(self._endpoint("token_endpoint"), form)
        if tokens is None:
            raise SignedOut("The provider did not take the code.", hint="Begin again.")
        claims = self._claims(str(tokens.get("id_token", "")), self._nonce(state))
        return ProviderIdentity(
            issuer=self._settings.issuer, subject=claims["sub"], email=_confirmed_email(claims)
        )

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token, each verified (OpenID Connect Core, 3.1.3.7)."""
        import jwt  # and cryptography: for who comes back from a provider

        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=self._settings.issuer,
                audience=self._settings.client_id,
                options={
                    "require": ["iss", "aud", "sub", "exp", "iat", "nonce"],
                    # By our own clock, which a test can move; and the library takes text for a time.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise _untrue(type(error).__name__) from None
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._settings.client_id:
            raise _untrue("azp")
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise _untrue("nonce")
        now, times = self._now().timestamp(), [claims["iat"], claims["exp"]]
        if any(type(each) is not int for each in times) or not times[0] - LEEWAY_S <= now < times[1]:
            raise _untrue("time")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise _untrue("sub")
        return claims

    def _key(self, header: Mapping[str, Any]) -> Any:
        """The provider's public key that ``header`` names; of the kind that its algorithm takes."""
        import jwt

        if header.get("alg") not in ALGORITHMS:
            raise _untrue("alg")
        for life in (PUBLISHED_LIFE, NEW_KEYS_AFTER):
            published = self._asked(self._endpoint("jwks_uri"), life).get("keys")
            for found in published if isinstance(published, list) else []:
                if not isinstance(found, dict) or found.get("use", "sig") != "sig":
                    continue
                if found.get("kid") == header.get("kid"):
                    return jwt.PyJWK.from_dict(found, algorithm=header["alg"]).key
        raise _untrue("kid")

    def _endpoint(self, name: str) -> str:
        """An address of the provider's, as it publishes it."""
        document = self._asked(f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        endpoint = document.get(name)
        if document.get("issuer") != self._settings.issuer or not isinstance(endpoint, str):
            raise BadAnswer("The provider's configuration is of another issuer, or names too little.")
        return endpoint

    def _asked(self, address: str, life: timedelta = PUBLISHED_LIFE) -> Mapping[str, Any]:
        """What the provider publishes at ``address``, as it was within ``life``."""
        asked_at, found = self._published.get(address, (None, None))
        now = self._now()
        if found is None or asked_at is None or not timedelta() <= now - asked_at < life:
            found = self._ask(address, None)
            if found is None:
                raise BadAnswer("The provider does not publish its configuration or keys.")
            self._published[address] = now, found
        return found

    # Made of the state, so that nothing has to be kept of a flow but its state, by the browser.
    def _verifier(self, state: str) -> str:
        return self._keyring.sign("pkce", state)

    def _nonce(self, state: str) -> str:
        return self._keyring.sign("nonce", state)


def _confirmed_email(claims: Mapping[str, Any]) -> str:
    """The e-mail that the provider has confirmed. Raises SignedOut where there is none."""
    try:
        if claims.get("email_verified") is True:
            return email_of(str(claims.get("email", "")))
    except ValueError:
        pass
    raise SignedOut("The provider has confirmed no e-mail of yours.", hint="Confirm it there first.")


def _untrue(what: str) -> SignedOut:
    return SignedOut(f"The provider's word cannot be believed ({what}).", hint="Begin again.")

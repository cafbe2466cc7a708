"""The tokens of a session: a short one for calls, one that renews it, and one against forged requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sabiscore.accounts.account import Account, Session
from sabiscore.accounts.keys import Keyring
from sabiscore.errors import SignedOut

ACCESS_LIFE = timedelta(minutes=10)
ISSUER = AUDIENCE = "sabiscore"
LONGEST_TOKEN = 1_000
_ALGORITHM = "HS256"
_SESSION = re.compile(r"([0-9a-f]{32})\.([0-9]{1,9})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whose access token it is, and of which session."""

    account_id: str
    session_id: str


class Tokens:
    """Makes and reads tokens with the keys of ``keyring``."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def access(self, account: Account, session: Session, at: datetime) -> str:
        """A JWT that is good for ACCESS_LIFE."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": account.id,
            "sid": session.id,
            "iat": int(at.timestamp()),
            "exp": int((at + ACCESS_LIFE).timestamp()),
        }
        import jwt  # and with it cryptography: for the call that needs it, not at start

        return jwt.encode(claims, self._keyring.keys("access")[0], algorithm=_ALGORITHM)

    def read_access(self, token: str, at: datetime) -> AccessClaims:
        """What ``token`` says. Raises SignedOut for one that is not ours, or is over at ``at``."""
        for key in self._keyring.keys("access"):
            claims = _claims(token, key)
            if claims is not None and claims["iat"] - 60 <= at.timestamp() < claims["exp"]:
                return AccessClaims(claims["sub"], claims["sid"])
        raise SignedOut("The access token is not one of ours, or is over.", hint="Refresh the session.")

    def session(self, session: Session) -> str:
        """What the cookie of ``session`` holds: good until the next one is made."""
        named = f"{session.id}.{session.generation}"
        return f"{named}.{self._keyring.sign('session', named)}"

    def read_session(self, token: str) -> tuple[str, int] | None:
        """(session, generation) of a token that we made once; None for any other text.

        Whether it is the newest one is the store's to say: an older one is authentic too, and so is known
        to have been copied.
        """
        parts = _SESSION.fullmatch(token)
        if parts is None or not self._keyring.holds("session", f"{parts[1]}.{parts[2]}", parts[3]):
            return None
        return parts[1], int(parts[2])

    def csrf(self, session_id: str) -> str:
        """What calls with the cookie of that session repeat in a header."""
        return self._keyring.sign("csrf", session_id)

    def holds_csrf(self, session_id: str, token: str) -> bool:
        """Whether ``token`` is that of the session; in constant time."""
        return self._keyring.holds("csrf", session_id, token)


def _claims(token: str, key: bytes) -> dict[str, Any] | None:
    """The claims of a token signed with ``key``, each of its type; times are the caller's to judge."""
    if len(token) > LONGEST_TOKEN:
        return None
    import jwt  # as above

    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={
                "require": ["iss", "aud", "sub", "sid", "iat", "exp"],
                # By our own clock, which a test can move; and the library takes text for a time.
                "verify_exp": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError:
        return None
    return claims if all(type(claims[name]) is int for name in ("iat", "exp")) else None

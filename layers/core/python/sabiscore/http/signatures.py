"""Signed calls by Standard Webhooks 1.0: HMAC-SHA256 over id, timestamp and body, all three in headers.

Specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
Nothing here reads a clock, a setting or the network. The edge takes the same calls (``src/signature.ts``).
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_hex

from sabiscore.errors import Unsigned

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

TOLERANCE_S = 300
"""How far the timestamp of a call may lie from our clock, either way."""
MOST_SIGNATURES = 8
"""A sender that rotates its secret signs with the old and the new one; nobody needs more."""
PREFIX = "whsec_"

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,11}")  # two spellings of one instant would be two signatures
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A call whose signature holds: its id, its timestamp (seconds since 1970), the digest of its body."""

    id: str
    at_s: int
    body_sha256: str

    @property
    def name(self) -> str:
        """What tells this signing of the call from every other: a copy has the same."""
        return f"{self.id}.{self.at_s}.{self.body_sha256}"


def key_of(secret: str) -> bytes:
    """The key that a ``whsec_…`` secret holds, or the bytes of a plain one.

    >>> key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").hex()[:8]
    '31f290f6'
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    text = secret.removeprefix(PREFIX).rstrip("=")
    return b64decode(text + "=" * (-len(text) % 4), validate=True)


def signature(secret: str, call_id: str, at_s: int, body: bytes) -> str:
    """The signature of a call; ``at_s`` is in whole seconds since 1970.

    >>> vector = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    >>> signature(*vector, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{call_id}.{at_s}.".encode() + body
    return "v1," + b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()


def signed_headers(
    secrets: Sequence[str], body: bytes, now: datetime, call_id: str | None = None
) -> dict[str, str]:
    """The three headers of a call made ``now``, signed with each of ``secrets``.

    A retry keeps ``call_id`` and is signed anew; without one it is a call of its own.
    """
    call_id = call_id or f"call_{token_hex(16)}"
    at_s = int(now.timestamp())
    signatures = " ".join(signature(secret, call_id, at_s, body) for secret in secrets)
    return {ID: call_id, TIMESTAMP: str(at_s), SIGNATURE: signatures}


def verified(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> SignedCall:
    """The call that ``headers`` (names in lower case) and ``body`` are, by any of ``secrets``.

    Raises Unsigned for everything else; that it does not say why helps nobody to guess.
    """
    call_id, at, signatures = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (_ID.fullmatch(call_id) and _TIMESTAMP.fullmatch(at)):
        raise unsigned()
    claimed = [given for given in signatures.split(" ")[:MOST_SIGNATURES] if _SIGNATURE.fullmatch(given)]
    expected = [signature(secret, call_id, int(at), body) for secret in secrets]
    # All pairs are compared, each in constant time: how long it takes says nothing of any secret.
    held = [hmac.compare_digest(ours, other) for ours in expected for other in claimed]
    if not any(held) or abs(now.timestamp() - int(at)) > TOLERANCE_S:
        raise unsigned()
    return SignedCall(call_id, int(at), sha256(body).hexdigest())


def same_secret(given: str, secrets: Sequence[str]) -> bool:
    """Whether ``given`` is one of ``secrets``, found out in constant time."""
    # Digests, since compare_digest tells lengths apart and takes no text beyond ASCII.
    digest = sha256(given.encode("utf-8", "surrogatepass")).digest()
    held = [hmac.compare_digest(digest, sha256(secret.encode()).digest()) for secret in secrets]
    return any(held)


def unsigned() -> Unsigned:
    """The one refusal of a call that is not signed, signed wrongly, too old, too new or a copy."""
    return Unsigned(
        "The call is not signed as it should be.",
        hint="Sign it anew by Standard Webhooks, with the shared secret and a clock that is right.",
    )

"""Messages to browsers by Web Push: encrypted for the browser alone, and signed for its push service.

RFC 8291 says how a message is encrypted, RFC 8188 how that is written, RFC 8292 (VAPID) how we name
ourselves. It imports ``cryptography``: for jobs and commands, never for a request.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes
from struct import pack

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sabiscore.errors import BadSetting, Refused
from sabiscore.net.allowed import origin_of

RECORD_BYTES = 4_096
"""Of a body: every push service takes as much (RFC 8030, section 7.2)."""
LONGEST_PLAIN = RECORD_BYTES - 86 - 1 - 16
"""Bytes of a message: the header, the delimiter and the tag of the cipher take the others."""
TOKEN_LIFE = timedelta(hours=12)
"""A push service takes none that ends later than in a day."""
LAST_RECORD = b"\x02"
"""Behind the text of the last record; we send no other."""


@dataclass(frozen=True, slots=True)
class VapidKeys:
    """The key pair that names us to push services, in base64 for addresses as browsers take it."""

    public: str
    private: str = field(repr=False)


def new_keys() -> VapidKeys:
    """A fresh pair."""
    key = generate_private_key(SECP256R1())
    private = key.private_numbers().private_value.to_bytes(32, "big")
    return VapidKeys(to_base64(_point(key.public_key())), to_base64(private))


def to_base64(data: bytes) -> str:
    """``data`` in base64 for addresses, without padding.

    >>> to_base64(bytes([251, 255]))
    '-_8'
    """
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """The bytes of base64 for addresses, padded or not. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encrypt(
    plain: bytes, p256dh: str, auth: str, *, salt: bytes | None = None, own_key: int | None = None
) -> bytes:
    """The body of a push message: one record that only the browser with these keys can read.

    ``salt`` (16 bytes) and ``own_key`` are new for each message, unless a test gives them. Raises Refused
    for keys that are none and for a message of more than LONGEST_PLAIN bytes.
    """
    if len(plain) > LONGEST_PLAIN:
        raise Refused(f"A push message has more than {LONGEST_PLAIN:,} bytes.", hint="Nothing was sent.")
    theirs = require_public_key(p256dh)
    salt = token_bytes(16) if salt is None else salt
    own = generate_private_key(SECP256R1()) if own_key is None else derive_private_key(own_key, SECP256R1())
    try:
        secret = from_base64(auth)
    except ValueError:
        raise _no_keys() from None
    ours = _point(own.public_key())
    material = _derived(own.exchange(ECDH(), theirs), secret, b"WebPush: info\0" + _point(theirs) + ours, 32)
    key = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + pack("!LB", RECORD_BYTES, len(ours)) + ours
    return header + AESGCM(key).encrypt(nonce, plain + LAST_RECORD, None)


def require_public_key(p256dh: str) -> EllipticCurvePublicKey:
    """The key that a browser takes messages with. Raises Refused for what is no point of P-256."""
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), from_base64(p256dh))
    except ValueError:
        raise _no_keys() from None


def _no_keys() -> Refused:
    return Refused("A browser's keys are no keys.", hint="It has to subscribe again.")


class VapidSigner:
    """Names us to push services by ``keys``; ``contact`` is whom they write to, ``mailto:`` or ``https:``.

    Raises BadSetting where the two keys are no pair.
    """

    def __init__(self, keys: VapidKeys, contact: str, now: Callable[[], datetime]) -> None:
        self._key = _private(keys)
        self._public = keys.public
        self._contact = contact
        self._now = now

    def headers(self, endpoint: str) -> Mapping[str, str]:
        """What a call of ``endpoint`` is signed with: each push service gets a token of its own."""
        ends = int((self._now() + TOKEN_LIFE).timestamp())
        claims = {"aud": origin_of(endpoint), "exp": ends, "sub": self._contact}
        return {"Authorization": f"vapid t={self._token(claims)}, k={self._public}"}

    def _token(self, claims: Mapping[str, object]) -> str:
        """A JSON web token signed with ES256 (RFC 7515, RFC 7518)."""
        parts = ({"typ": "JWT", "alg": "ES256"}, claims)
        said = ".".join(to_base64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        r, s = decode_dss_signature(self._key.sign(said.encode(), ECDSA(SHA256())))
        return f"{said}.{to_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _private(keys: VapidKeys) -> EllipticCurvePrivateKey:
    try:
        key = derive_private_key(int.from_bytes(from_base64(keys.private), "big"), SECP256R1())
    except ValueError:
        raise _no_pair() from None
    if to_base64(_point(key.public_key())) != keys.public:
        raise _no_pair()
    return key


def _no_pair() -> BadSetting:
    return BadSetting(
        "SABISCORE_PUSH_PRIVATE_KEY and SABISCORE_PUSH_PUBLIC_KEY are not a pair.",
        hint="Set both as they were printed together by: sabiscore push keys",
    )


def _point(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)

"""Keys of one purpose each, derived from the secret of accounts; while it is rotated, from both."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Literal

Purpose = Literal["access", "session", "csrf", "api-key", "attempt", "state", "pkce", "nonce"]


class Keyring:
    """Signs with the first of ``secrets``, and accepts what any of them signed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets)

    def keys(self, purpose: Purpose) -> tuple[bytes, ...]:
        """32 bytes for each secret, the one to sign with first."""
        return tuple(
            hmac.digest(secret, f"accounts:{purpose}".encode(), "sha256") for secret in self._secrets
        )

    def sign(self, purpose: Purpose, text: str) -> str:
        """The signature of ``text``: 64 hexadecimal digits."""
        return _signature(self.keys(purpose)[0], text)

    def holds(self, purpose: Purpose, text: str, signature: str) -> bool:
        """Whether ``signature`` is that of ``text`` by any of the secrets; in constant time."""
        given = signature.encode()
        held = [hmac.compare_digest(_signature(key, text).encode(), given) for key in self.keys(purpose)]
        return any(held)


def _signature(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()

"""Keys that programs sign in with: shown once, kept as an HMAC."""

from __future__ import annotations

import re
from datetime import datetime
from secrets import token_hex, token_urlsafe

from sabiscore.accounts.account import ApiKey
from sabiscore.accounts.keys import Keyring

PREFIX = "sbk_"
_KEY = re.compile(r"sbk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")


def new_api_key(keyring: Keyring, account_id: str, name: str, at: datetime) -> tuple[ApiKey, str]:
    """A key to keep, and its text, which nobody can tell from what is kept."""
    key_id = token_hex(8)
    text = f"{PREFIX}{key_id}_{token_urlsafe(32)}"
    digest = keyring.sign("api-key", text)
    key = ApiKey(id=key_id, account_id=account_id, name=name, digest=digest, created_at=at, used_at=None)
    return key, text


def key_id_of(text: str) -> str | None:
    """The id in a key's text; None for what is no key."""
    found = _KEY.fullmatch(text)
    return None if found is None else found[1]


def is_key(keyring: Keyring, key: ApiKey, text: str) -> bool:
    """Whether ``text`` is that of ``key``; in constant time."""
    return keyring.holds("api-key", text, key.digest)

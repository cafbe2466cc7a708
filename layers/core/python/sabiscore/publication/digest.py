"""Published files: written whole or not at all, and known again by what is in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest_of(body: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical JSON of ``body``: names sorted, no spaces, UTF-8.

    >>> digest_of({"b": 1, "a": "é"}) == digest_of({"a": "é", "b": 1})
    True
    """
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

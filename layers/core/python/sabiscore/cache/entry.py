"""One stored answer, in the one format that every tier keeps: memory, Upstash, the Worker's KV.

The text of an entry is one compact JSON object with exactly these members:

| member | meaning |
|---|---|
| ``format`` | 1; an entry of another format is unreadable |
| ``status`` | HTTP status, 200–599 |
| ``headers`` | ``[name, value]`` pairs in order, names in lower case; never one of ``NOT_KEPT`` |
| ``body`` | the body as a string, when its bytes are UTF-8 (a byte order mark is part of it) |
| ``body_base64`` | otherwise, instead of ``body``: standard base64 with padding |
| ``stored_at`` | the instant that the body speaks of; ``Age`` counts from it |
| ``fresh_until`` | before it: serve |
| ``stale_until`` | before it: serve at once and refresh behind, or when a refresh fails; from it on: never |
| ``tags`` | sorted tags by which it is dropped (``tags.py``) |

Times are whole milliseconds since 1970, absolute, ``stored_at ≤ fresh_until ≤ stale_until``. What is
not exactly this is refused as a whole, and a tier that holds it has a miss. Examples, good and bad,
that every reader of the format must agree on: ``tests/vectors/entries.json``.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sabiscore.cache.tags import is_tag
from sabiscore.errors import BadEntry
from sabiscore.untrusted import json_object, untrusted

ENTRY_FORMAT = 1
LONGEST_ENTRY = 1_000_000
"""Characters of an entry's text; the limit of one Upstash request is 1 MB."""
MOST_TAGS = 64
"""Of an entry; a list of all leagues has two for each of them."""
LATEST_MS = 2**53 - 1
"""The largest whole number that JSON readers of every language keep exactly."""

NOT_KEPT = frozenset(
    {
        *("age", "cache-status", "connection", "content-length", "date", "keep-alive", "proxy-authenticate"),
        *("proxy-authorization", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers of one transfer or one reader: set anew, or never shared."""

AS_ABSENT = "It is taken as absent and computed again."

_TIMES = ("stored_at", "fresh_until", "stale_until")
_MEMBERS = frozenset({"format", "status", "headers", "tags", *_TIMES})

State = Literal["fresh", "stale", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """An answer and its times in milliseconds since 1970."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    stored_at: int
    fresh_until: int
    stale_until: int
    tags: tuple[str, ...] = ()

    def state(self, now: int) -> State:
        """
        >>> entry = CacheEntry(
        ...     status=200, headers=(), body=b"", stored_at=0, fresh_until=10, stale_until=20
        ... )
        >>> [entry.state(now) for now in (0, 9, 10, 19, 20)]
        ['fresh', 'fresh', 'stale', 'stale', 'expired']
        """
        if now < self.fresh_until:
            return "fresh"
        return "stale" if now < self.stale_until else "expired"

    def age_s(self, now: int) -> int:
        """Whole seconds since ``stored_at``; 0 when our clock is behind the writer's."""
        return max(0, now - self.stored_at) // 1000


def encode(entry: CacheEntry) -> str:
    """The text of ``entry``. Raises BadEntry for what no reader would take."""
    plain: dict[str, Any] = {
        "format": ENTRY_FORMAT,
        "status": entry.status,
        "headers": [list(pair) for pair in entry.headers],
    }
    try:
        plain["body"] = entry.body.decode()
    except UnicodeDecodeError:
        plain["body_base64"] = b64encode(entry.body).decode()
    plain |= {name: getattr(entry, name) for name in _TIMES}
    plain["tags"] = list(entry.tags)
    _check(plain)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    _require(len(text) <= LONGEST_ENTRY, "too long")
    return text


def decode(text: str) -> CacheEntry:
    """The entry that ``text`` holds. Raises BadEntry for anything else."""
    _require(len(text) <= LONGEST_ENTRY, "too long")
    with untrusted(BadEntry, "A stored answer cannot be read", hint=AS_ABSENT):
        plain = json_object(text)
        _check(plain)
        return CacheEntry(
            status=plain["status"],
            headers=tuple((name, value) for name, value in plain["headers"]),
            body=_body(plain),
            stored_at=plain["stored_at"],
            fresh_until=plain["fresh_until"],
            stale_until=plain["stale_until"],
            tags=tuple(plain["tags"]),
        )


def _check(plain: Mapping[str, Any]) -> None:
    bodies = plain.keys() - _MEMBERS
    _require(plain.keys() >= _MEMBERS and bodies in ({"body"}, {"body_base64"}), "other members")
    _require(_whole(plain["format"]) and plain["format"] == ENTRY_FORMAT, "of another format")
    _require(_whole(plain["status"]) and 200 <= plain["status"] <= 599, "of no such status")
    times = [plain[name] for name in _TIMES]
    _require(all(_whole(at) and 0 <= at <= LATEST_MS for at in times), "without its times")
    _require(times == sorted(times), "fresh after it is stale")
    headers = plain["headers"]
    _require(isinstance(headers, list) and all(map(_is_header, headers)), "with other headers")
    tags = plain["tags"]
    _require(isinstance(tags, list) and all(map(is_tag, tags)), "with other tags")
    _require(len(tags) <= MOST_TAGS and tags == sorted(set(tags)), "with tags out of order")


def _body(plain: Mapping[str, Any]) -> bytes:
    text = plain.get("body", plain.get("body_base64"))
    _require(isinstance(text, str), "without a body")
    return text.encode() if "body" in plain else b64decode(text, validate=True)


def _is_header(pair: object) -> bool:
    if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
        return False
    name, value = pair
    token = name.isascii() and name.replace("-", "").replace("_", "").isalnum() and name == name.lower()
    plain = value.isascii() and value.isprintable() and value == value.strip(" ")
    return token and plain and name not in NOT_KEPT


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BadEntry(f"A stored answer is {otherwise}.", hint=AS_ABSENT)

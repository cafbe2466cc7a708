"""Names under which entries and their bookkeeping are kept, the same in every tier and language.

Every key begins with ``sabiscore:{format}:``, so that code of one entry format never reads what code of
another wrote, and a rollback finds its own entries again.
"""

from __future__ import annotations

from hashlib import sha256

from sabiscore.cache.entry import ENTRY_FORMAT

PREFIX = f"sabiscore:{ENTRY_FORMAT}:"
LONGEST_TARGET = 400
"""Bytes; KV keys may have 512."""


def target(path: str, query: str = "") -> str:
    """The request target as it is kept: raw path, then the raw query's pairs sorted as strings.

    Nothing is decoded, so that no two languages can disagree.

    >>> target("/api/v1/matches", "to=2025-08-30&&league=epl")
    '/api/v1/matches?league=epl&to=2025-08-30'
    """
    pairs = sorted(pair for pair in query.split("&") if pair)
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def entry_key(target: str) -> str:
    """Where the answer to GET ``target`` is kept; a long target by its SHA-256.

    >>> entry_key("/api/v1/leagues")
    'sabiscore:1:entry:/api/v1/leagues'
    """
    if len(target.encode()) > LONGEST_TARGET:
        return f"{PREFIX}entry:sha256:{sha256(target.encode()).hexdigest()}"
    return f"{PREFIX}entry:{target}"


def generation_key(name: str) -> str:
    """Where the stamp of the last invalidation of a tag or an entry key is kept."""
    return f"{PREFIX}generation:{name}"


def members_key(tag: str) -> str:
    """Where the sorted set of the entry keys that bear ``tag`` is kept."""
    return f"{PREFIX}tag:{tag}"


def lock_key(name: str) -> str:
    """Where the owner of one computation is kept."""
    return f"{PREFIX}lock:{name}"

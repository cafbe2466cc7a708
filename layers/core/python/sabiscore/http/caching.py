"""What an answer says to the caches in front of us (RFC 9111, 5861, 9211, 9213)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.types import Scope

from sabiscore.http.preconditions import written

if TYPE_CHECKING:
    from sabiscore.cache.tiered_cache import CacheResult

CACHE = "SabiScore"
"""Our name in Cache-Status."""

Headers = tuple[tuple[str, str], ...]
RawHeaders = list[tuple[bytes, bytes]]


def kept_headers(
    etag: str, media_type: str, *, made_at: datetime, ttl_s: int, swr_s: int, tags: tuple[str, ...]
) -> Headers:
    """The headers that an entry is kept with: every tier that serves it sends them as they are.

    Browsers get a plain life; shared caches, ours and any other that follows RFC 9213, may serve
    ``swr_s`` seconds longer while they refresh or when that fails.
    """
    grace = f"stale-while-revalidate={swr_s}, stale-if-error={swr_s}" if swr_s else "must-revalidate"
    return (
        ("content-type", media_type),
        ("etag", etag),
        ("last-modified", written(made_at)),
        ("cache-control", f"public, max-age={ttl_s}"),
        ("cdn-cache-control", f"public, max-age={ttl_s}, {grace}"),
        ("cache-tag", ",".join(tags)),
        ("vary", "Accept-Encoding"),
    )


def asks_past_copies(scope: Scope) -> bool:
    """Whether a reader wants none of what might have been replaced: ``Cache-Control: no-cache``.

    >>> [asks_past_copies({"headers": [(b"cache-control", value)]}) for value in (b"No-Cache", b"max-age=0")]
    [True, False]
    """
    # Starlette's Headers are made anew for each question, and this one every request is asked.
    return any(name == b"cache-control" and b"no-cache" in value.lower() for name, value in scope["headers"])


def sent_headers(served: CacheResult, now: int) -> RawHeaders:
    """The headers of an answer served at ``now`` (milliseconds), as they go out."""
    entry = served.entry
    kept = _encoded(entry.headers if served.kept else _kept_by_nobody(entry.headers))
    age, status = entry.age_s(now), cache_status(served, now)
    return [*kept, (b"age", b"%d" % age), (b"cache-status", status.encode())]


@lru_cache(maxsize=1024)
def _encoded(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    """``headers`` as bytes: the same for every reader of an entry, so they are made once."""
    return tuple((name.encode(), value.encode("latin-1")) for name, value in headers)


def _kept_by_nobody(headers: Headers) -> Headers:
    asking = ("cache-control", "cdn-cache-control")
    return tuple((name, "no-store" if name in asking else value) for name, value in headers)


def cache_status(served: CacheResult, now: int) -> str:
    """Our member of Cache-Status: which tier answered, and for how many seconds it stays fresh.

    ``stored`` only where it was: an answer that the fleet's cache does not take is served all the same.

    >>> from sabiscore.cache.entry import CacheEntry
    >>> from sabiscore.cache.tiered_cache import CacheResult
    >>> entry = CacheEntry(
    ...     status=200, headers=(), body=b"", stored_at=0, fresh_until=300_000, stale_until=900_000
    ... )
    >>> cache_status(CacheResult(entry, "memory"), 42_000), cache_status(CacheResult(entry, "computed"), 0)
    ('SabiScore; hit; ttl=258; detail=memory', 'SabiScore; fwd=miss; stored; ttl=300; detail=computed')
    """
    ttl = (served.entry.fresh_until - now) // 1000
    if served.source == "computed":
        return f"{CACHE}; fwd=miss; {'stored; ' if served.stored else ''}ttl={ttl}; detail=computed"
    return f"{CACHE}; hit; ttl={ttl}; detail={served.source}{'-on-error' if served.failed else ''}"

"""Documents as answers: bytes with their validators and times, from the cache where it has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from sabiscore.cache import keys
from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.tiered_cache import CacheLookup, CacheResult, TieredCache
from sabiscore.clock import Clock
from sabiscore.http.caching import RawHeaders, asks_past_copies, kept_headers, sent_headers
from sabiscore.http.compute_pool import ComputePool
from sabiscore.http.representation import JSON, Representation
from sabiscore.observability.metrics import METRICS

if TYPE_CHECKING:
    from sabiscore.insights.answers.cacheable_document import CacheableDocument, Fetch

_PRIVATE: RawHeaders = [(b"cache-control", b"no-store"), (b"content-type", JSON.media_type.encode())]


async def nothing_to_fetch(files: Sequence[str]) -> None:
    """Where the published files lie on this machine."""


def milliseconds(at: datetime) -> int:
    """``at`` in whole milliseconds since 1970."""
    return int(at.timestamp() * 1000)


class CachedResponder:
    """Answers requests with documents, through ``chain``; ``clock`` is the one the chain goes by.

    ``pool`` make those that no tier has; ``fetch`` brings published files that they are made from, where
    those lie in a bucket.
    """

    def __init__(
        self, chain: TieredCache, clock: Clock, pool: ComputePool, fetch: Fetch = nothing_to_fetch
    ) -> None:
        self._fetch = fetch
        self._chain = chain
        self._clock = clock
        self._pool = pool

    async def respond(
        self, request: Request, ask: Callable[[], CacheableDocument], written: Representation = JSON
    ) -> Response:
        """200 with the document that ``ask`` names, its ETag, its age, and who may keep it for how long.

        It is ``written`` as JSON unless the route has another form for it; a target has one form only.

        Raises Overloaded, before anything is done for it, for a reader who would have to wait too long.
        A reader's ``Cache-Control: no-cache`` reaches past this process to what the fleet shares: so
        a cache in front that was purged cannot be given a copy this process has not heard is dropped.
        """
        # request.url puts a URL together and takes it apart again: 30 µs.
        target = keys.target(request.scope["path"], request.scope["query_string"].decode("latin-1"))
        if self._pool.are_full and not await self._chain.remembers(keys.entry_key(target)):
            raise self._pool.overloaded()
        served = await self._served(target, ask(), written, past_memory=asks_past_copies(request.scope))
        return _response(served, sent_headers(served, self._now()))

    async def respond_privately(self, ask: Callable[[], CacheableDocument]) -> Response:
        """200 to a POST: what was asked is in the body, so no cache may give the answer to others.

        Which answer that is takes some finding, so it is not even looked for while none could be made.
        """
        if self._pool.are_full:
            raise self._pool.overloaded()
        answer = ask()
        served = await self._served(f"/api/v1/insights/{answer.name}", answer)
        return _response(served, _PRIVATE)

    async def warm(self, target: str, answer: CacheableDocument) -> None:
        """Make what a GET of ``target`` would be answered with, where the fleet does not have it."""
        await self._served(target, answer, past_memory=True)

    async def invalidate(self, names: list[str]) -> None:
        """Forget all answers with these keys or tags. Raises CacheUnavailable."""
        await self._chain.invalidate(names)

    async def _served(
        self,
        target: str,
        answer: CacheableDocument,
        written: Representation = JSON,
        *,
        past_memory: bool = False,
    ) -> CacheResult:
        async def make() -> CacheEntry:
            if answer.prepare is not None:
                await answer.prepare(self._fetch)
            sort = written.media_type, answer.sort
            made = await self._pool.make(sort, answer.made_of, lambda: _entry(answer, written, self._now()))
            METRICS.computed()
            return made

        question = CacheLookup(keys.entry_key(target), answer.tags, make)
        served = await self._chain.get(question, past_memory=past_memory)
        METRICS.answered(served.source)
        return served

    def _now(self) -> int:
        return milliseconds(self._clock.now())


def _response(served: CacheResult, headers: RawHeaders) -> Response:
    # Lambda runs this before it lets the answer go: there the one who finds a stale copy waits.
    behind = BackgroundTask(served.refresh) if served.refresh else None
    response = Response(served.entry.body, served.entry.status, background=behind)
    response.raw_headers = [*headers, *response.raw_headers]  # its own are the length of the body
    return response


def _entry(answer: CacheableDocument, written: Representation, now: int) -> CacheEntry:
    """The answer as it is kept. Its times begin with its time_bucket, however long the making took."""
    time_bucket = answer.time_bucket()
    document = answer.make(time_bucket)
    body = written.encode(document)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    stored_at = now - now % 1000 - 1000 * time_bucket.age_s
    fresh_until = stored_at + 1000 * time_bucket.ttl_s
    made_at = datetime.fromtimestamp(stored_at / 1000, UTC)
    headers = kept_headers(
        etag,
        written.media_type,
        made_at=made_at,
        ttl_s=time_bucket.ttl_s,
        swr_s=time_bucket.swr_s,
        tags=answer.tags,
    )
    stale_until = fresh_until + 1000 * time_bucket.swr_s
    return CacheEntry(
        status=200,
        headers=(*headers, *written.headers, *written.headers_of(document)),
        body=body,
        stored_at=stored_at,
        fresh_until=fresh_until,
        stale_until=stale_until,
        tags=answer.tags,
    )

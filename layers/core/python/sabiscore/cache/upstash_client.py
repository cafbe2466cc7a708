"""upstash-redis without its retries and its telemetry, and with an end to what it reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

# httpx imports these inside its first call, where their 80 ms would count against that call's deadline.
import anyio._backends._asyncio  # noqa: F401
import httpcore._backends.anyio  # noqa: F401
import httpx
from upstash_redis.asyncio import Redis

MoreHeaders = Callable[[], Mapping[str, str]]


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for part in self._stream:
            left -= len(part)
            if left < 0:
                raise httpx.ReadError("more bytes than any entry has")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Ends an answer that is longer than ``most`` bytes; answers come as sent, never to be unpacked.

    ``headers`` gives more of them for each request.
    """

    def __init__(self, most: int, headers: MoreHeaders) -> None:
        super().__init__()
        self._most = most
        self._headers = headers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        request.headers.update(self._headers())
        response = await super().handle_async_request(request)
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise httpx.ReadError("not a stream")
        response.stream = _Bounded(response.stream, self._most)
        return response


def connect(url: str, token: str, most_bytes: int, headers: MoreHeaders = dict) -> Redis:
    """A client that tries once and says nothing of us; its caller sets the deadline."""
    # base64 as Upstash sends it grows by a third, so the bound is on what comes over the wire.
    redis = Redis(url, token, rest_retries=0, allow_telemetry=False)
    # The library gives no way to hand it a transport; the attribute is held by a test.
    redis._http._client = httpx.AsyncClient(timeout=None, transport=BoundedTransport(most_bytes, headers))  # noqa: S113 - its caller's
    return redis

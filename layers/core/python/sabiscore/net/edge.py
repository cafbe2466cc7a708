"""Telling the Worker in front what is out of date: one signed call, to the one address that is set."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence

import httpx

from sabiscore.errors import EdgeUnavailable

PURGE_PATH = "/edge/purge"
DEADLINE_S = 2.0
MOST_BYTES = 64 * 1024
AGENT = "sabiscore-edge"
IDENTITY = {"Accept-Encoding": "identity"}


class Edge:
    """The Worker at ``url``; ``sign`` gives the headers that sign a body.

    httpx, because upstash-redis brings it to every function already; httpx2, which ``Client`` uses for
    providers, would be a second client in the layer. No redirect is followed, and no proxy or password
    is taken from the environment.
    """

    def __init__(
        self, url: str, sign: Callable[[bytes], Mapping[str, str]], deadline_s: float = DEADLINE_S
    ) -> None:
        self._url = url + PURGE_PATH
        self._sign = sign
        self._deadline_s = deadline_s

    async def purge(self, tags: Sequence[str], paths: Sequence[str]) -> None:
        """Declares every answer with one of ``tags`` or at one of ``paths`` out of date, as of now.

        Raises EdgeUnavailable when that cannot be known to have happened.
        """
        body = json.dumps({"tags": list(tags), "paths": list(paths)}).encode()
        try:
            async with asyncio.timeout(self._deadline_s):
                status, told = await self._post(body)
        except TimeoutError as error:
            raise _away(f"gave no answer within {self._deadline_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _away(f"could not be reached ({type(error).__name__})") from error
        if status != 200:
            raise _away(f"answered {status}")
        if not {*tags, *paths} <= _purged(told):
            raise _away("did not say that it forgot what it was told")

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        """(status, as much of the body as the Worker's own answer may have)."""
        headers = {"User-Agent": AGENT, "Content-Type": "application/json", **IDENTITY, **self._sign(body)}
        # asyncio.timeout bounds the whole call; httpx's own would be for each read.
        async with (
            httpx.AsyncClient(timeout=None, follow_redirects=False, trust_env=False) as client,  # noqa: S113
            client.stream("POST", self._url, content=body, headers=headers) as response,
        ):
            told = b""
            async for part in response.aiter_raw():
                told += part
                if len(told) > MOST_BYTES:
                    break
            return response.status_code, told


def _purged(told: bytes) -> set[str]:
    """The targets that the Worker says it forgot; none in an answer that is not the Worker's."""
    try:
        purged = json.loads(told)["purged"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return set()
    return {one for one in purged if isinstance(one, str)} if isinstance(purged, list) else set()


def _away(what: str) -> EdgeUnavailable:
    return EdgeUnavailable(
        f"The edge {what}.", hint="It may show older answers until they expire: make the call again."
    )

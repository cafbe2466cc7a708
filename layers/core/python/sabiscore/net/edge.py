"""Telling the Worker in front what is out of date: one signed call, to the one address that is set."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence

import httpx

from sabiscore.errors import EdgeUnavailable

PURGE_PATH = "/edge/purge"
DEADLINE_S = 2.0
AGENT = "sabiscore-edge"


class Edge:
    """The Worker at ``url``; ``sign`` gives the headers that sign a body.

    httpx, because upstash-redis brings it to every function already; httpx2, which ``Client`` uses for
    providers, would be a second client in the layer. No redirect is followed, no proxy or password is
    taken from the environment, and nothing of the answer is read but its status.
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
                status = await self._post(body)
        except TimeoutError as error:
            raise _away(f"gave no answer within {self._deadline_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _away(f"could not be reached ({type(error).__name__})") from error
        if status != 200:
            raise _away(f"answered {status}")

    async def _post(self, body: bytes) -> int:
        headers = {"User-Agent": AGENT, "Content-Type": "application/json", **self._sign(body)}
        # asyncio.timeout bounds the whole call; httpx's own would be for each read.
        async with (
            httpx.AsyncClient(timeout=None, follow_redirects=False, trust_env=False) as client,  # noqa: S113
            client.stream("POST", self._url, content=body, headers=headers) as response,
        ):
            return response.status_code


def _away(what: str) -> EdgeUnavailable:
    return EdgeUnavailable(
        f"The edge {what}.", hint="It may show older answers until they expire: make the call again."
    )

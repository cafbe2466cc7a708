"""Telling the Worker in front what is out of date, and its rooms what happened.

Signed calls, to the one address that is set.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from sabiscore.errors import EdgeUnavailable

PURGE_PATH = "/edge/purge"
BROADCAST_PATH = "/edge/broadcast"
MODEL_PATH = "/edge/model"
MADE_BEFORE = "This call was made before."
"""What the Worker says of a call that it took already (functions/edge/src/rooms.ts)."""
EDGE_DEADLINE_S = 2.0
UPLOAD_DEADLINE_S = 20.0
"""For a model, which has a megabyte or two."""
MOST_REPLY_BYTES = 64 * 1024
EDGE_USER_AGENT = "sabiscore-edge"
IDENTITY = {"Accept-Encoding": "identity"}


class EdgeClient:
    """The Worker at ``url``; ``sign`` gives the headers that sign a body, as a call whose id may follow it.

    No redirect is followed, and no proxy or password is taken from the environment.
    """

    def __init__(
        self,
        url: str,
        sign: Callable[..., Mapping[str, str]],
        deadline_s: float = EDGE_DEADLINE_S,
    ) -> None:
        self._url = url
        self._sign = sign
        self._deadline_s = deadline_s

    async def purge(self, tags: Sequence[str], paths: Sequence[str]) -> None:
        """Declares every answer with one of ``tags`` or at one of ``paths`` out of date, as of now.

        Raises EdgeUnavailable when that cannot be known to have happened.
        """
        body = json.dumps({"tags": list(tags), "paths": list(paths)}).encode()
        status, reply = await self._call(PURGE_PATH, body)
        if status != 200:
            raise _unreachable(f"answered {status}")
        if not {*tags, *paths} <= _purged(reply):
            raise _unreachable("did not say that it purged what it was sent")

    async def broadcast(self, match_id: str, data: Mapping[str, Any], call_id: str) -> int:
        """How many in the room of the match heard ``data``; 0 too where they heard this call before.

        Raises EdgeUnavailable when that cannot be known to have happened.
        """
        body = json.dumps({"match_id": match_id, "data": data}).encode()
        status, reply = await self._call(f"{BROADCAST_PATH}/{match_id}", body, call_id)
        answer = _object(reply)
        if status == 401 and answer.get("detail") == MADE_BEFORE:
            return 0
        reached = answer.get("reached")
        if status != 200:
            raise _unreachable(f"answered {status}")
        if answer.get("match_id") != match_id or not isinstance(reached, int):
            raise _unreachable("did not say that the room was notified")
        return reached

    async def upload_model(self, data: bytes) -> None:
        """Sends the edge model ``data`` to its Worker; what is signed is its SHA-256.

        Raises EdgeUnavailable when that cannot be known to have happened.
        """
        digest = hashlib.sha256(data).hexdigest()
        status, reply = await self._call(MODEL_PATH, data, signed=self._sign(digest.encode()))
        if status != 200:
            raise _unreachable(f"answered {status}")
        if _object(reply).get("model") != digest:
            raise _unreachable("did not say that it stored the model")

    async def _call(
        self, path: str, body: bytes, call_id: str | None = None, *, signed: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        if signed is None:
            signed = self._sign(body) if call_id is None else self._sign(body, call_id)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._post(path, body, signed)
        except TimeoutError as error:
            raise _unreachable(f"gave no answer within {self._deadline_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(f"could not be reached ({type(error).__name__})") from error

    async def _post(self, path: str, body: bytes, signed: Mapping[str, str]) -> tuple[int, bytes]:
        """(status, as much of the body as the Worker's own answer may have)."""
        headers = {"User-Agent": EDGE_USER_AGENT, "Content-Type": "application/json", **IDENTITY, **signed}
        # asyncio.timeout bounds the whole call; httpx's own would be for each read.
        async with (
            httpx.AsyncClient(timeout=None, follow_redirects=False, trust_env=False) as client,  # noqa: S113
            client.stream("POST", self._url + path, content=body, headers=headers) as response,
        ):
            received = b""
            async for part in response.aiter_raw():
                received += part
                if len(received) > MOST_REPLY_BYTES:
                    break
            return response.status_code, received


def _purged(body: bytes) -> set[str]:
    """The targets that the Worker says it forgot; none in an answer that is not the Worker's."""
    purged = _object(body).get("purged")
    return {name for name in purged if isinstance(name, str)} if isinstance(purged, list) else set()


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object that was answered; an empty one for anything else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _unreachable(what: str) -> EdgeUnavailable:
    return EdgeUnavailable(
        f"The edge {what}.", hint="It may show older answers until they expire: make the call again."
    )

"""Registers in the fleet's Redis, over Upstash's REST API (https://upstash.com/docs/redis/features/restapi)."""

from __future__ import annotations

import json

from sabiscore.errors import CacheUnavailable, SourceUnavailable
from sabiscore.net.client import Client, HttpCall
from sabiscore.net.credentials import Credentials
from sabiscore.net.redact import Secret

CAS_DEADLINE_S = 0.25
"""Short beside any call to a provider, which this only decides about."""
KEY_TTL_S = 7 * 24 * 3600
MOST_BYTES = 1 << 20

# An empty ARGV[1] stands for "there is none": no text that is kept is empty.
SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class UpstashCasStore:
    """The texts in the Redis at ``url``; one that nobody changes for a week is gone."""

    def __init__(self, client: Client, url: str, token: str, deadline_s: float = CAS_DEADLINE_S) -> None:
        self._client = client
        self._url = url
        self._credentials = Credentials(headers={"Authorization": Secret(f"Bearer {token}")})
        self._deadline_s = deadline_s

    def read(self, name: str) -> str | None:
        held = self._run("GET", _key(name))
        if held is not None and not isinstance(held, str):
            raise _unreachable()
        return held

    def swap(self, name: str, old: str | None, new: str) -> bool:
        done = self._run("EVAL", SWAP, 1, _key(name), old or "", new, KEY_TTL_S)
        if done not in (0, 1):
            raise _unreachable()
        return done == 1

    def _run(self, *command: str | int) -> object:
        call = HttpCall(
            url=self._url,
            method="POST",
            headers={"Content-Type": "application/json"},
            body=json.dumps(command).encode(),
            max_bytes=MOST_BYTES,
            credentials=self._credentials,
        )
        try:
            answer = self._client.send(call, self._deadline_s)
            reply = json.loads(answer.body) if answer.status == 200 else None
        except (SourceUnavailable, ValueError):
            reply = None
        if not isinstance(reply, dict) or "result" not in reply:
            raise _unreachable()
        result: object = reply["result"]
        return result


def _key(name: str) -> str:
    return f"sabiscore:register:{name}"


def _unreachable() -> CacheUnavailable:
    return CacheUnavailable(
        "The shared cache did not say how providers fare.", hint="Each process finds out for itself."
    )

"""Texts under compare-and-swap in the fleet's Redis, over Upstash's REST API."""

from __future__ import annotations

from sabiscore.cache.upstash_calls import BlockingUpstashCalls
from sabiscore.errors import CacheUnavailable

CAS_DEADLINE_S = 0.25
"""Short beside any call to a provider, which this only decides about."""
KEY_TTL_S = 7 * 24 * 3600

# An empty ARGV[1] stands for "there is none": no text that is kept is empty.
SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class UpstashCasStore:
    """The texts in the Redis that ``calls`` reach; one that nobody changes for a week is gone."""

    def __init__(self, calls: BlockingUpstashCalls) -> None:
        self._calls = calls

    def read(self, name: str) -> str | None:
        held: object = self._calls.run(lambda redis: redis.get(_key(name)))
        if held is not None and not isinstance(held, str):
            raise _unreachable()
        return held

    def swap(self, name: str, old: str | None, new: str) -> bool:
        done: object = self._calls.run(
            lambda redis: redis.eval(SWAP, keys=[_key(name)], args=[old or "", new, str(KEY_TTL_S)])
        )
        if done not in (0, 1):
            raise _unreachable()
        return done == 1


def _key(name: str) -> str:
    return f"sabiscore:register:{name}"


def _unreachable() -> CacheUnavailable:
    return CacheUnavailable(
        "The shared cache did not say how providers fare.", hint="Each process finds out for itself."
    )

"""Signed calls are taken once: a copy is refused, a retry gets the outcome of the first attempt.

| the call's id | its signature | its body | what happens |
|---|---|---|---|
| new | holds | | the work is done, its answer kept for a day |
| known | made anew | the same | the kept answer; while the work is under way, the answer it will have |
| known | made anew | another | CallConflict (409) |
| any | the very same as before, in its lifetime | | Unsigned (401): somebody copied it |

Decision: docs/decisions/retry-by-signature.md.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from uuid import uuid4

from starlette.datastructures import Headers

from sabiscore.cache import keys
from sabiscore.cache.entry import CacheEntry
from sabiscore.cache.tier import Tier
from sabiscore.cache.tiered_cache import LOCK_LIFE_MS, CacheLookup, TieredCache
from sabiscore.clock import Clock
from sabiscore.errors import CallConflict
from sabiscore.http import signatures
from sabiscore.http.signatures import SignedCall

COPY_LIFE_MS = 1000 * (2 * signatures.TOLERANCE_S + 60)
"""A timestamp may be five minutes ahead and holds until five minutes after it."""
ANSWER_LIFE_MS = 24 * 3600 * 1000

_BODY = "x-call-sha256"


class SignedCalls:
    """Takes calls signed with one of ``secrets``; with none of them set it takes none.

    ``l1`` is memory of this process for the time that ``l2`` is away: what is copied is then
    refused here and no farther. ``l2`` never raises for being away (``GuardedTier``, ``NullTier``).
    The work of a call takes at most ``work_life_ms``; after that another process may begin it.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        l1: Tier,
        *,
        l2: Tier,
        clock: Clock,
        failed: Callable[[Exception], None],
        work_life_ms: int = LOCK_LIFE_MS,
    ) -> None:
        self._secrets = tuple(secrets)
        self._l1 = l1
        self._l2 = l2
        self._clock = clock
        self._chain = TieredCache(l1, l2, now=self._now, failed=failed, lock_life_ms=work_life_ms)

    @property
    def are_taken(self) -> bool:
        return bool(self._secrets)

    def knows(self, secret: str) -> bool:
        """Whether ``secret`` is one of ours; for callers that send it instead of signing."""
        return signatures.same_secret(secret, self._secrets)

    async def admit(self, headers: Headers, body: bytes) -> SignedCall:
        """The call, the first time its signature is seen. Raises Unsigned."""
        # Joined, a field sent twice is no longer well formed: no two readers can take different ones.
        fields = {name: ",".join(headers.getlist(name)) for name in _FIELDS}
        call = signatures.verified(fields, body, self._secrets, self._clock.now())
        name = f"call:{sha256(call.name.encode()).hexdigest()}"
        for tier in (self._l1, self._l2):
            if not await tier.acquire_lock(name, uuid4().hex, COPY_LIFE_MS):
                raise signatures.unsigned()
        return call

    async def once(self, call: SignedCall, work: Callable[[], Awaitable[bytes]]) -> bytes:
        """What ``work`` gives for the first call of this id, in the whole fleet; the same for the others.

        A failure is raised and not kept: the next attempt does the work. Raises CallConflict when the
        id was used for another body.
        """

        async def make() -> CacheEntry:
            body, now = await work(), self._now()
            until = now + ANSWER_LIFE_MS
            return CacheEntry(
                status=200,
                headers=((_BODY, call.body_sha256),),
                body=body,
                stored_at=now,
                fresh_until=until,
                stale_until=until,
            )

        served = await self._chain.get(CacheLookup(f"{keys.PREFIX}call:{call.id}", (), make))
        if dict(served.entry.headers)[_BODY] != call.body_sha256:
            raise CallConflict(
                "This id was used for another call.",
                hint="Give every call an id of its own, retries excepted.",
            )
        return served.entry.body

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def secret_in(content: bytes) -> str:
    """The secret that a caller who does not sign sends in the body; "" where there is none to find."""
    try:
        plain = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    secret = plain.get("secret") if isinstance(plain, dict) else None
    return secret if isinstance(secret, str) else ""


_FIELDS = (signatures.ID, signatures.TIMESTAMP, signatures.SIGNATURE)

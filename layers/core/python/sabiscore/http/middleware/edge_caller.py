"""A request that came through our Worker: for whom it asks, and that it was counted there."""

from __future__ import annotations

import hmac
import re
from typing import Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from sabiscore.http.request_policy import Guards, RequestPolicy
from sabiscore.http.signatures import TOLERANCE_S, key_of

ADDRESS, SIGNATURE = b"x-edge-address", b"x-edge-signature"
COUNTED = "sabiscore.counted"
"""In the scope of a request whose reader the edge has counted."""

FAULT = "sabiscore.edge_fault"
"""In the scope of a request that says it came through the edge: why that is not believed, or None."""
EdgeFault = Literal["signature", "clock"]

_OURS = frozenset({ADDRESS, SIGNATURE})
_ADDRESS = re.compile(rb"[0-9A-Fa-f.:]{2,45}")
_SIGNED = re.compile(rb"v1,([0-9]{1,12}),([0-9a-f]{64})")


class EdgeCaller:
    """Puts the reader's address where the Worker's was, if the Worker signed for it.

    Signed is ``v1\\n{seconds}\\n{address}\\n{method}\\n{path}``: the path decoded and without its query,
    since API Gateway hands on neither as it was sent. Whatever is not signed so, or not within five
    minutes, is an unknown caller. The two headers end here either way.
    """

    def __init__(self, app: ASGIApp, guard: Guards) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope.get("headers", ()) if header[0] in _OURS]
        if headers:
            scope["headers"] = [header for header in scope["headers"] if header[0] not in _OURS]
            scope[FAULT] = _fault(self._guard(), scope, headers)
            if scope[FAULT] is None:
                scope["client"] = (dict(headers)[ADDRESS].decode(), 0)
                scope[COUNTED] = True
        await self._app(scope, receive, send)


def signature(secret: str, at_s: int, address: str, method: str, path: str) -> str:
    """What the Worker sends in X-Edge-Signature; ``tests/vectors/edge_address.json`` holds both to it.

    >>> signature("a-plain-secret-of-30-letters--", 1_760_000_000, "203.0.113.7", "GET", "/health")[:24]
    'v1,1760000000,17e41f1f88'
    """
    signed = f"v1\n{at_s}\n{address}\n{method}\n{path}".encode()
    return f"v1,{at_s},{hmac.digest(key_of(secret), signed, 'sha256').hex()}"


def _fault(guard: RequestPolicy, scope: Scope, headers: list[tuple[bytes, bytes]]) -> EdgeFault | None:
    """Why ``headers``, the attestation alone, do not prove the address in them; None where they do."""
    given = dict(headers)
    address, claimed = given.get(ADDRESS, b""), given.get(SIGNATURE, b"")
    parts = _SIGNED.fullmatch(claimed)
    if len(headers) != len(_OURS) or parts is None or not _ADDRESS.fullmatch(address):
        return "signature"
    at_s = int(parts[1])
    expected = [
        signature(secret, at_s, address.decode(), scope["method"], scope["path"]).encode()
        for secret in guard.edge_secrets
    ]
    held = [hmac.compare_digest(signature, claimed) for signature in expected]
    if not any(held):
        return "signature"
    return None if abs(guard.seconds() - at_s) <= TOLERANCE_S else "clock"

"""What parsers made of the newest answers: the same bytes are not parsed twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from hashlib import sha256

from sabiscore.errors import BadAnswer, SabiScoreError
from sabiscore.sources.base import Provider, Reply, Request

PARSES_KEPT = 32
"""Replies that are kept; a fleet's schedules ask for about as many documents."""


class ParseMemo:
    """The newest reply to each request, given again for the very same bytes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[bytes, Reply]] = {}
        self._lock = threading.Lock()

    def read(self, provider: Provider, request: Request, body: bytes, headers: Mapping[str, str]) -> Reply:
        """What ``provider`` reads in ``body``. Raises what ``parsed`` does.

        Kept only where the parser looked at no field of ``headers``, some of which tell the time.
        """
        key = provider.name, request.name, request.url, request.method, request.body, request.given
        digest = sha256(body).digest()
        kept = self._kept.get(key)
        if kept is not None and kept[0] == digest:
            return kept[1]
        watched = _ReadTracker(headers)
        reply = parsed(provider, request, body, watched)
        with self._lock:
            self._kept.pop(key, None)
            if not watched.looked_at:
                self._kept[key] = digest, reply
            while len(self._kept) > PARSES_KEPT:
                del self._kept[next(iter(self._kept))]
        return reply


class _ReadTracker(Mapping[str, str]):
    """Fields that tell whether anybody looked at them."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self.looked_at = False

    def __getitem__(self, name: str) -> str:
        self.looked_at = True
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        self.looked_at = True
        return iter(self._fields)

    def __len__(self) -> int:
        self.looked_at = True
        return len(self._fields)


def parsed(provider: Provider, request: Request, body: bytes, headers: Mapping[str, str]) -> Reply:
    """What ``provider`` reads in ``body``; a parser that breaks is a bad answer of this provider alone."""
    try:
        return provider.parse(request, body, headers)
    except SabiScoreError:
        raise
    except Exception as error:
        failure = type(error).__name__
    raise BadAnswer(
        f"{provider.name}: its answer broke the parser ({failure}).", hint="Keep the answer and report it."
    )

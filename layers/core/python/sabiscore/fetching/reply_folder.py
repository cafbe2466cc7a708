"""Raw answers of providers, kept in a folder that never grows beyond its bound, to be read again later."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sabiscore.clock import Clock
from sabiscore.files import write_atomically
from sabiscore.net.redact import Redactor
from sabiscore.sources.base import KeyPlace, Request

Keeper = Callable[[str, Request, Mapping[str, str], bytes, Redactor], None]
"""Takes the provider's name, the request, the answer's fields and body, and what hides secrets in them."""

PARTS = (".json", ".body")
PLAIN = ("url", "name", "max_bytes", "method", "cost", "given")
TOLD = frozenset({"content-type", "date", "last-modified", "etag"})
"""Fields that are kept; others may give back what was sent."""


def keep_none(
    provider: str, request: Request, headers: Mapping[str, str], body: bytes, hide: Redactor
) -> None:
    """Keeps nothing."""


@dataclass(frozen=True, slots=True)
class StoredReply:
    """One answer that was kept: whose, to which request, when, and what it was."""

    provider: str
    request: Request
    at: datetime
    headers: Mapping[str, str]
    body: bytes


class ReplyFolder:
    """Keeps the newest answer to each request in ``folder``, at most ``most_bytes`` of them in all."""

    def __init__(self, folder: Path, most_bytes: int, clock: Clock) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._clock = clock
        self._lock = threading.Lock()

    def keep(
        self, provider: str, request: Request, headers: Mapping[str, str], body: bytes, hide: Redactor
    ) -> None:
        """Keeps ``body``, the newest answer to ``request``, without secrets; the oldest leave for it."""
        clean = hide.scrub(body)
        about = {
            "provider": provider,
            "request": {
                **{name: getattr(request, name) for name in PLAIN},
                "headers": dict(request.headers),
                "body": request.body.decode("latin-1"),
                "keys": [asdict(key) for key in request.keys],
            },
            "at": self._clock.now().isoformat(),
            "headers": {name: value for name, value in headers.items() if name in TOLD},
            "sha256": sha256(clean).hexdigest(),
        }
        described = hide.scrub(json.dumps(about).encode())
        if len(clean) + len(described) > self._most_bytes:
            return
        asked = f"{provider}\n{request.method}\n{request.url}\n".encode() + request.body
        stem = sha256(asked).hexdigest()[:32]
        with self._lock:
            write_atomically(self._folder / f"{stem}.body", clean)
            write_atomically(self._folder / f"{stem}.json", described)
            self._make_room(stem)

    def every(self) -> Iterator[StoredReply]:
        """Every answer that was kept, by provider and age; one of which only half is there is left out."""
        found = [kept for path in self._folder.glob("*.json") if (kept := _read(path)) is not None]
        return iter(sorted(found, key=lambda kept: (kept.provider, kept.at, kept.request.name)))

    def _make_room(self, newest: str) -> None:
        size: dict[Path, int] = {}
        age: dict[Path, int] = {}
        for path in self._folder.iterdir():
            if path.suffix in PARTS:
                about = path.stat()
                size[path], age[path] = about.st_size, about.st_mtime_ns
        total = sum(size.values())
        for path in sorted(size, key=lambda path: (path.stem == newest, age[path], path.name)):
            if total <= self._most_bytes or path.stem == newest:
                return
            path.unlink(missing_ok=True)
            total -= size[path]


def _read(path: Path) -> StoredReply | None:
    try:
        about = json.loads(path.read_bytes())
        body = path.with_suffix(".body").read_bytes()
        if sha256(body).hexdigest() != about["sha256"]:
            return None
        request = about["request"]
        keys = tuple(KeyPlace(**key) for key in request["keys"])
        request = Request(**{**request, "body": request["body"].encode("latin-1"), "keys": keys})
        return StoredReply(
            about["provider"], request, datetime.fromisoformat(about["at"]), about["headers"], body
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # torn by a process that died, or of another version: it is only a copy

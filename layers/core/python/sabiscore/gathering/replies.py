"""Raw answers of providers, kept in a folder that never grows beyond its bound, and read again from it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from sabiscore.clock import Clock
from sabiscore.errors import BadAnswer, NotThere
from sabiscore.sources.base import Provider, Reply, Request

Keeper = Callable[[str, Request, Mapping[str, str], bytes], None]
"""Takes the provider's name, the request, the answer's fields, and its body without any secret."""

PARTS = (".json", ".body")


def keep_none(provider: str, request: Request, headers: Mapping[str, str], body: bytes) -> None:
    """Keeps nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer that was kept."""

    provider: str
    name: str
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

    def keep(self, provider: str, request: Request, headers: Mapping[str, str], body: bytes) -> None:
        """Keeps ``body``, the newest answer to ``request``; the oldest of others leave for it."""
        if len(body) > self._most_bytes:
            return
        about = {
            "provider": provider,
            "name": request.name,
            "at": self._clock.now().isoformat(),
            "headers": {name: value for name, value in headers.items() if name in TOLD},
            "sha256": sha256(body).hexdigest(),
        }
        stem = _stem(provider, request)
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            _put(self._folder / f"{stem}.body", body)
            _put(self._folder / f"{stem}.json", json.dumps(about).encode())
            self._make_room(stem)

    def find(self, provider: str, request: Request) -> Kept | None:
        """The answer kept for ``request``; None when there is none, or only half of one."""
        stem = _stem(provider, request)
        try:
            about = json.loads((self._folder / f"{stem}.json").read_bytes())
            body = (self._folder / f"{stem}.body").read_bytes()
        except (OSError, ValueError):
            return None
        if sha256(body).hexdigest() != about.get("sha256"):
            return None
        at = datetime.fromisoformat(about["at"])
        return Kept(about["provider"], about["name"], at, about["headers"], body)

    def _make_room(self, newest: str) -> None:
        files = [path for path in self._folder.iterdir() if path.suffix in PARTS]
        size = {path: path.stat().st_size for path in files}
        total = sum(size.values())
        by_age = sorted(files, key=lambda path: (path.stem == newest, path.stat().st_mtime_ns, path.name))
        for path in by_age:
            if total <= self._most_bytes or path.stem == newest:
                return
            path.unlink(missing_ok=True)
            total -= size[path]


TOLD = frozenset({"content-type", "date", "last-modified", "etag"})
"""Fields that are kept; others may give back what was sent."""


class Replayed:
    """Answers from a folder of kept replies, asking nobody."""

    def __init__(self, folder: ReplyFolder) -> None:
        self._folder = folder

    def ask(self, provider: Provider, request: Request, *, urgent: bool = False) -> Reply:  # noqa: ARG002
        kept = self._folder.find(provider.name, request)
        if kept is None:
            raise NotThere(f"No answer of {provider.name} to {request.name} was kept.", hint="Ask it live.")
        try:
            return provider.parse(request, kept.body, kept.headers)
        except (ValueError, LookupError, TypeError) as error:
            raise BadAnswer(f"{provider.name}: a kept answer broke the parser.", hint="Report it.") from error


def _stem(provider: str, request: Request) -> str:
    asked = f"{provider}\n{request.method}\n{request.url}\n".encode() + request.body
    return sha256(asked).hexdigest()[:32]


def _put(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

"""One raw request, the right answer to it, and who of the three servers may answer otherwise, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

Server = Literal["functions", "up", "worker"]
SERVERS: tuple[Server, ...] = ("functions", "up", "worker")

MATCH_PATH = "/api/v1/insights/epl-2425-arsenal-chelsea"
LEAGUES = "/api/v1/leagues"
PAGE = "/icon.svg"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one server was asked before: the validators of a document and of a page, which it holds since."""

    port: int
    etag: str
    modified: datetime
    page_etag: str

    def modified_plus(self, seconds: int) -> str:
        """An HTTP date so long after the document's last modification."""
        return f"{self.modified.astimezone(UTC) + timedelta(seconds=seconds):%a, %d %b %Y %H:%M:%S GMT}"


@dataclass(frozen=True, slots=True)
class ByItself:
    """The status with which a runtime in front of our code answers, or with which it lets something pass."""

    status: int
    why: str


Send = Callable[[Seen], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """``problem`` is the slug of the problem document; ``fields`` are values that the answer must have.

    ``send`` makes the request for one server: entity tags differ between them.
    """

    name: str
    send: Send
    status: int
    problem: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    by_itself: Mapping[Server, ByItself] = field(default_factory=dict)


def request(line: str, *fields: str, body: bytes = b"", host: str | None = "x.example") -> bytes:
    """The bytes of a request as they stand; nothing is added but ``Host``."""
    first = [line] if host is None else [line, f"Host: {host}"]
    return "".join(f"{each}\r\n" for each in (*first, *fields, "")).encode("latin-1") + body


def get(name: str, target: str, *fields: str, status: int = 200, **options: object) -> Input:
    """A GET of ``target`` with ``fields``."""
    data = request(f"GET {target} HTTP/1.1", *fields)
    return Input(name=name, send=lambda _: data, status=status, **options)  # type: ignore[arg-type]


def raw(name: str, data: bytes, status: int, **options: object) -> Input:
    """``data`` to every server alike."""
    return Input(name=name, send=lambda _: data, status=status, **options)  # type: ignore[arg-type]


NO_PAGES = "the functions have no pages: API Gateway knows no such route"
PAGES_ELSEWHERE: Mapping[Server, ByItself] = {"functions": ByItself(404, NO_PAGES)}


def workerd(status: int, why: str) -> Mapping[Server, ByItself]:
    """What workerd answers before the Worker is asked, or has changed before."""
    return {"worker": ByItself(status, why)}

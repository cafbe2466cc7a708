"""Whether Redis and the database answer: asked in the background and seldom, told within a bound.

No client of theirs is imported and nothing is logged in to: health must start at once, and needs no secret
but the shared cache's token.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import struct
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

Probe = Callable[[], str | None]
"""Why something cannot be used, in words that anybody may read; None where it can."""

WAIT_S = 0.04
"""For the answer of a probe: a report of health may take 50 ms."""
LIFE_S = 5.0
"""How long what a probe found is told without asking again."""
PROBE_DEADLINE_S = 1.0
LATE = "has not answered yet"
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""PostgreSQL's "may I use TLS": every server and every pooler answers S or N, whoever asks.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""
_POSTGRES_PORT = 5432


class RememberedProbe:
    """What ``probe`` found last. It is asked again, in a thread, when that is ``life_s`` old.

    Nobody waits longer than ``wait_s``: until a slow one has answered, what it found before is told.
    """

    def __init__(
        self,
        probe: Probe,
        *,
        wait_s: float = WAIT_S,
        life_s: float = LIFE_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._probe = probe
        self._wait_s = wait_s
        self._life_s = life_s
        self._now = now
        self._lock = threading.Lock()
        self._asked: threading.Event | None = None
        self._found_at: float | None = None
        self._found: str | None = LATE

    def __call__(self) -> str | None:
        """Why it cannot be used; None where it can."""
        with self._lock:
            if self._is_due():
                self._ask()
            asked = self._asked
        if asked is not None:
            asked.wait(self._wait_s)
        return self._found

    def _is_due(self) -> bool:
        if self._asked is not None and not self._asked.is_set():
            return False
        return self._found_at is None or not 0 <= self._now() - self._found_at < self._life_s

    def _ask(self) -> None:
        self._asked = answered = threading.Event()

        def ask() -> None:
            found = self._probe()
            self._found, self._found_at = found, self._now()
            answered.set()

        threading.Thread(target=ask, name="probe", daemon=True).start()


def redis_probe(url: str, token: str) -> Probe:
    """A PING over Upstash's REST API at ``url``."""
    return _explained(lambda: _ping(url, token))


def database_probe(url: str, *, expected: Callable[[], bool]) -> Probe:
    """The database at the SQLAlchemy ``url``: a server that speaks PostgreSQL, or a file of SQLite.

    ``expected`` says whether a SQLite file that is missing should be there.
    """
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return _explained(lambda: _sqlite(path) if path.exists() else _missing(expected()))
    parts = urlsplit(url)
    return _explained(lambda: _postgres(parts.hostname or "localhost", parts.port or _POSTGRES_PORT))


def _explained(ask: Callable[[], str | None]) -> Probe:
    def probe() -> str | None:
        try:
            return ask()
        except Exception as error:  # any fault of what is asked is one thing: it does not answer
            return f"does not answer ({_reason(error)})"

    return probe


def _reason(error: Exception) -> str:
    """In a few words that name no host and no path."""
    if isinstance(error, TimeoutError):
        return "not in time"
    if isinstance(error, ConnectionError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    if isinstance(error, sqlite3.Error):
        return str(error)
    return type(error).__name__


def _ping(url: str, token: str) -> str | None:
    from http.client import HTTPConnection, HTTPSConnection  # for those only who have a shared cache

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=PROBE_DEADLINE_S)) as connection:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", parts.path or "/", json.dumps(["PING"]), headers)
        answer = connection.getresponse()
        said = answer.read(1000)
    if answer.status == 401:
        return "does not take our token"
    return None if answer.status == 200 and b"PONG" in said else f"does not answer (status {answer.status})"


def _postgres(host: str, port: int) -> str | None:
    with socket.create_connection((host, port), PROBE_DEADLINE_S) as connection:
        connection.settimeout(PROBE_DEADLINE_S)
        connection.sendall(_SSL_REQUEST)
        said = connection.recv(1)
    return None if said in (b"S", b"N") else "does not answer as PostgreSQL does"


def _missing(expected: bool) -> str | None:
    return "is missing" if expected else None


def _sqlite(path: Path) -> str | None:
    """What is wrong with the file as far as a look at its header, its length and its tables tells."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, timeout=PROBE_DEADLINE_S, uri=True)) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return "has no tables"
    return None

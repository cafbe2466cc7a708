"""HTTP/1.1 over a plain socket: bytes out as they stand, and what came back, read strictly."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

HOST = "127.0.0.1"
ANSWER_DEADLINE_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: ``fields`` in their order, names in lower case; ``interim`` the 1xx before it."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes
    interim: tuple[int, ...] = ()

    def field(self, name: str) -> str | None:
        """The field's value, several lines joined by commas."""
        found = [value for each, value in self.fields if each == name]
        return ", ".join(found) if found else None


class NoAnswer(Exception):
    """The connection ended, or nothing came, before a whole response did."""


class Wire:
    """One connection to ``port``; use it as a context manager."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), ANSWER_DEADLINE_S)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Sends ``data``; a server may have answered and closed before it has read everything."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def finish(self) -> None:
        """Says that nothing more will be sent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def answer(self, method: str = "GET") -> Answer:
        """The next final response, to a request of ``method``. Raises NoAnswer."""
        interim: list[int] = []
        while True:
            status, fields = self._head()
            if status >= 200 or status == 101:
                return Answer(status, fields, self._body(method, status, fields), tuple(interim))
            interim.append(status)

    def ends(self) -> bool:
        """Whether the server closes the connection now."""
        try:
            return self._receive() == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def _head(self) -> tuple[int, tuple[tuple[str, str], ...]]:
        line, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, *_ = line.split(" ", 2)
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise NoAnswer(f"not a status line: {line!r}")
        return int(status), tuple(_field(each) for each in lines)

    def _body(self, method: str, status: int, fields: Sequence[tuple[str, str]]) -> bytes:
        named = dict(fields)
        if method == "HEAD" or status in (101, 204, 304):
            return b""
        if named.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        if "content-length" in named:
            return self._exactly(int(named["content-length"]))
        return self._rest()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._until(b"\r\n"), 16):
            yield self._exactly(size)
            self._exactly(2)
        self._until(b"\r\n")

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._read:
            self._more()
        found, _, self._read = self._read.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        found, self._read = self._read[:size], self._read[size:]
        return found

    def _rest(self) -> bytes:
        with suppress(NoAnswer):
            while True:
                self._more()
        found, self._read = self._read, b""
        return found

    def _more(self) -> None:
        try:
            data = self._receive()
        except (ConnectionResetError, TimeoutError) as error:
            raise NoAnswer(f"{type(error).__name__} after {self._read[:200]!r}") from error
        if not data:
            raise NoAnswer(f"closed after {self._read[:200]!r}")
        self._read += data

    def _receive(self) -> bytes:
        return self._socket.recv(65536)


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


def ask(port: int, *pieces: bytes, method: str = "GET") -> Answer:
    """The response to the request that ``pieces`` are, on a connection of its own."""
    with Wire(port) as wire:
        for piece in pieces:
            wire.send(piece)
        return wire.answer(method)

"""A relay on 127.0.0.1 that hands bytes on unchanged and counts the HTTP requests among them."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from infra.rigs.part import HOST

REQUEST = re.compile(rb"^(?:GET|HEAD) (\S+) HTTP/1\.1\r$", re.MULTILINE)
CACHE_STATUS = re.compile(rb"^cache-status: (.+?)\r$", re.MULTILINE | re.IGNORECASE)
CHUNK = 65_536


class Relay:
    """Hands on what arrives at ``port`` to ``upstream``, which may be set once it is known.

    ``targets`` are those of all GETs and HEADs so far, ``statuses`` the ``Cache-Status`` of their answers,
    ``received`` the bytes of all answers. It reads heads that come in one piece, as those of browsers and of
    our own programs on a loopback do.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.upstream = 0
        self.targets: list[str] = []
        self.statuses: list[str] = []
        self.received = 0
        self._listener = listener

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def clear(self) -> None:
        """Counts from nothing again."""
        self.targets.clear()
        self.statuses.clear()
        self.received = 0

    def accept(self) -> None:
        """Relays connections until the listener is closed."""
        with suppress(OSError):  # closed: it ends
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._hand_on, args=(client,), daemon=True).start()

    def _hand_on(self, client: socket.socket) -> None:
        with client, socket.create_connection((HOST, self.upstream)) as server:
            back = threading.Thread(target=_pump, args=(server, client, self._answered), daemon=True)
            back.start()
            _pump(client, server, self._asked)
            back.join()

    def _asked(self, piece: bytes) -> None:
        self.targets += [target.decode("ascii", "replace") for target in REQUEST.findall(piece)]

    def _answered(self, piece: bytes) -> None:
        self.received += len(piece)
        self.statuses += [status.decode("ascii", "replace") for status in CACHE_STATUS.findall(piece)]


def _pump(source: socket.socket, sink: socket.socket, seen: Callable[[bytes], None]) -> None:
    with suppress(OSError):  # the other direction has closed both
        while piece := source.recv(CHUNK):
            seen(piece)
            sink.sendall(piece)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(upstream: int = 0) -> Iterator[Relay]:
    """A relay that listens on a port of its own until the end."""
    with socket.create_server((HOST, 0)) as listener:
        running = Relay(listener)
        running.upstream = upstream
        threading.Thread(target=running.accept, daemon=True).start()
        try:
            yield running
        finally:
            listener.shutdown(socket.SHUT_RDWR)

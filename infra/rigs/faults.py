"""A TCP proxy in front of an HTTP service that can do everything that networks and providers do to it.

``FaultProxy(upstream_port)`` listens on 127.0.0.1; set ``fault`` at any time, for connections old and
new: a request is read to its end, then answered as the fault says. ``requests`` counts them.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Literal, get_args

Fault = Literal[
    "none", "refuse", "black_hole", "delay", "drip", "reset", "truncate", "garbage", "429", "429_date",
    "500_html", "200_html", "200_json", "cut_json", "oversized",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = tuple(fault for fault in get_args(Fault) if fault != "none")

DELAY_S = 5.0
DRIP_S = 0.02
OVERSIZED_BYTES = 200_000_000
_HTML = b"<!doctype html><html><body><h1>Something went wrong</h1></body></html>"


def _http(status: str, body: bytes, kind: str = "text/html", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


_LATER = formatdate(time.time() + 86_400, usegmt=True)

CANNED: dict[str, bytes] = {
    "garbage": b"\x16\x03\x01\x00\xffnot HTTP at all\r\n\r\n",
    "429": _http("429 Too Many Requests", b'{"error":"limit"}', "application/json", "Retry-After: 60\r\n"),
    "429_date": _http("429 Too Many Requests", _HTML, more=f"Retry-After: {_LATER}\r\n"),
    "500_html": _http("500 Internal Server Error", _HTML),
    "200_html": _http("200 OK", _HTML),
    "200_json": _http("200 OK", b'{"result":{"of":"another schema"}}', "application/json"),
    "cut_json": _http("200 OK", b'{"result":[{"id":1},{"id":', "application/json"),
}


class FaultProxy:
    """Passes HTTP/1.1 through to ``upstream_port`` of this machine, or spoils it."""

    def __init__(self, upstream_port: int) -> None:
        self.fault: Fault = "none"
        self.requests = 0
        self.port = 0
        self._upstream_port = upstream_port
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Listen until ``stop``; ``port`` is set before ``ready``."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self.fault != "refuse":
                while request := await _request(reader):
                    self.requests += 1
                    if not await self._answer(request, writer):
                        break
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the caller gave up, as callers with deadlines do, or the proxy ends
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection can be used again."""
        fault = self.fault
        if fault in CANNED:
            writer.write(CANNED[fault])
            await writer.drain()
            return fault != "garbage"
        if fault in ("black_hole", "delay"):
            await asyncio.sleep(DELAY_S if fault == "delay" else 3600)
        if fault == "oversized":
            return await _oversized(writer)
        answer = await self._upstream(request)
        if fault in ("none", "delay"):
            writer.write(answer)
            await writer.drain()
            return True
        if fault == "drip":
            for byte in answer:
                if writer.is_closing():
                    return False
                writer.write(bytes([byte]))
                await asyncio.sleep(DRIP_S)
            return True
        return await _cut(answer, writer, reset=fault == "reset")

    async def _upstream(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()


async def _cut(answer: bytes, writer: asyncio.StreamWriter, *, reset: bool) -> bool:
    """The head and half of the body; then a clean end, or a reset."""
    head, _, body = answer.partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n" + body[: len(body) // 2])
    await writer.drain()
    if reset:
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s: closing sends RST
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    else:
        writer.write_eof()
    return False


async def _oversized(writer: asyncio.StreamWriter) -> bool:
    writer.write(_http("200 OK", b"")[:-2].replace(b"Length: 0", b"Length: %d" % OVERSIZED_BYTES) + b"\r\n")
    for _ in range(OVERSIZED_BYTES // 100_000):
        writer.write(b"7" * 100_000)
        await writer.drain()
    return True


async def _request(reader: asyncio.StreamReader) -> bytes:
    """The next whole request; empty when the caller has closed."""
    try:
        return await _message(reader)
    except asyncio.IncompleteReadError:
        return b""


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP/1.1 message with a Content-Length, or without a body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return head + await reader.readexactly(int(length[1]) if length else 0)


@contextmanager
def fault_proxy(upstream_port: int) -> Iterator[FaultProxy]:
    """A running proxy, on a thread of its own."""
    proxy, ready, stop = FaultProxy(upstream_port), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_to_the_end(proxy, ready, stop)), daemon=True
    )
    thread.start()
    ready.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


async def _to_the_end(proxy: FaultProxy, ready: threading.Event, stop: asyncio.Event) -> None:
    await proxy.serve(ready, stop)
    await asyncio.sleep(0)  # a connection that was just accepted becomes a task
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # what they left is closed in the loop's next turn

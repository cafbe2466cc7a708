"""The body of an answer as it was meant: unpacked where it is gzip, and never larger than was agreed."""

from __future__ import annotations

import zlib

GZIP = b"\x1f\x8b"
"""How every gzip member begins (RFC 1952, section 2.3.1)."""
PLAIN = frozenset({"", "identity", "gzip", "x-gzip"})
"""Content codings that can be read; which of them a body has, its first bytes tell."""
_GZIP_ONLY = 16 + zlib.MAX_WBITS


class TooLarge(Exception):
    """The body is larger than agreed, as it was sent or unpacked."""


class Torn(Exception):
    """The body is no whole gzip stream although it begins as one."""


class Body:
    """Takes the bytes of an answer as they come; at most ``most`` of them, packed and unpacked.

    Some hosts send gzip whatever is asked for, and some do so without a word in the header: the first two
    bytes decide. What one of several members unpacks to counts with the others.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sent = 0
        self._begin = b""
        self._body = bytearray()
        self._member: zlib._Decompress | None = None
        self._packed = False

    def add(self, chunk: bytes) -> None:
        """Takes the next bytes. Raises TooLarge or Torn."""
        self._sent += len(chunk)
        if self._sent > self._most:
            raise TooLarge
        if self._packed:
            self._unpack(chunk)
        elif self._body:
            self._body += chunk
        else:
            self._first(self._begin + chunk)

    def whole(self) -> bytes:
        """All of it, at the end. Raises Torn when a gzip stream ended before its own end."""
        if self._member is not None and not self._member.eof:
            raise Torn
        return bytes(self._body) if self._packed else self._begin + bytes(self._body)

    def _first(self, begin: bytes) -> None:
        if len(begin) < len(GZIP):
            self._begin = begin
            return
        self._begin = b""
        self._packed = begin.startswith(GZIP)
        if self._packed:
            self._unpack(begin)
        else:
            self._body += begin

    def _unpack(self, packed: bytes) -> None:
        while packed:
            if self._member is None or self._member.eof:
                packed = packed.lstrip(b"\0") if self._member else packed  # padding between members
                if not packed:
                    return
                self._member = zlib.decompressobj(_GZIP_ONLY)
            room = self._most - len(self._body)
            try:
                self._body += self._member.decompress(packed, room + 1)
            except zlib.error:
                raise Torn from None
            if len(self._body) > self._most:
                raise TooLarge
            packed = self._member.unconsumed_tail or self._member.unused_data

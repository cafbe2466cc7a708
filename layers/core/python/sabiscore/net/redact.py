"""Secrets that never show: a wrapper without a telling repr, and their removal from any text."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST = 6
"""Characters; a shorter secret would be found in texts that do not hold it. Settings refuse it."""

_NAMED = re.compile(
    r"(?i)((?:api[-_]?key|access[-_]?key|x-[a-z-]*key|key|token|secret|password|passwd|authorization"
    r"|x-authentication|x-application|session|cookie)[\"']?\s*[=:]\s*[\"']?(?:bearer |basic )?)"
    r"[^\s&\"'<>,;)}\]]+"
)
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^\s/@?#]+@")


class Secret:
    """A value that only ``reveal`` tells; its repr, str and format are stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one place that sends it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def redact(text: str) -> str:
    """``text`` without what looks like a secret by the name before it or by its place in an address.

    >>> redact("https://me:pw@host/v4/odds?apiKey=0123abcd&regions=eu")
    'https://***@host/v4/odds?apiKey=***&regions=eu'
    """
    return _NAMED.sub(rf"\1{HIDDEN}", _USERINFO.sub(rf"\1{HIDDEN}@", text))


class Redactor:
    """Removes the given secrets, however they are written, and what looks like one.

    It can be added to a logger as a filter.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        forms = {form for secret in secrets for form in _forms(secret.reveal())}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        return redact(self._known.sub(HIDDEN, text) if self._known else text)

    def scrub(self, body: bytes) -> bytes:
        """``body`` without the given secrets; everything else of it stays as it was sent."""
        if self._known is None:
            return body
        return self._known.sub(HIDDEN, body.decode("latin-1")).encode("latin-1")

    def filter(self, record: logging.LogRecord) -> bool:
        """Cleans a log record's sentence, as logging's filters do; none is dropped."""
        record.msg, record.args = self(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = self(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True

    def __repr__(self) -> str:
        return "Redactor()"


def _forms(value: str) -> Iterable[str]:
    """How a secret may be written: as it is, quoted in an address, in base64; of an address its path."""
    if len(value) < SHORTEST:
        return
    below_host = value.split("://", 1)[-1].partition("/")[2] if "://" in value else value.strip("/")
    if len(below_host) >= SHORTEST:
        yield below_host
    yield from {value, quote(value, safe=""), quote_plus(value), value.replace("/", "\\/")}
    encoded = b64encode(value.encode()).decode()
    yield from {encoded, quote(encoded, safe="")}

"""Preconditions on a representation, evaluated as an origin server must (RFC 9110, section 13).

The edge evaluates the same ones the same way (``functions/edge/src/preconditions.ts``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal

RawHeaders = Sequence[tuple[bytes, bytes]]
Verdict = Literal["send", "not modified", "failed"]

IF_MATCH, IF_NONE_MATCH = b"if-match", b"if-none-match"
IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE = b"if-modified-since", b"if-unmodified-since"
CONDITIONAL = frozenset({IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE})

_TAG = re.compile(rb'(?:W/)?"[!#-~\x80-\xff]*"')
_TAGS = re.compile(rb'[ \t]*(?:((?:W/)?"[!#-~\x80-\xff]*")|[^,]*?)[ \t]*(?:,|$)')
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>[a-z]{3})"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_DATES = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?:mon|tue|wed|thu|fri|sat|sun), (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_CLOCK} GMT",
        rf"[a-z]+day, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_CLOCK} GMT",
        rf"[a-z]{{3}} {_MONTH} (?P<day>[ \d]\d) {_CLOCK} (?P<year>\d{{4}})",
    )
)


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What a request asks of the representation; None for a field that it does not have."""

    match: bytes | None
    none_match: bytes | None
    modified_since: datetime | None
    unmodified_since: datetime | None

    def verdict(self, headers: RawHeaders) -> Verdict:
        """What to answer where the representation has ``headers``, by RFC 9110, section 13.2.2."""
        validators = dict(headers)
        tag, modified = validators.get(b"etag"), http_date(validators.get(b"last-modified"))
        if self.match is not None:
            if not _matches(self.match, tag, strongly=True):
                return "failed"
        elif self.unmodified_since is not None and modified is not None and modified > self.unmodified_since:
            return "failed"
        if self.none_match is not None:
            return "not modified" if _matches(self.none_match, tag, strongly=False) else "send"
        if self.modified_since is not None and modified is not None and modified <= self.modified_since:
            return "not modified"
        return "send"


def preconditions(headers: RawHeaders) -> Preconditions | None:
    """The preconditions among a request's ``headers``; None when there are none."""
    if not any(name in CONDITIONAL for name, _ in headers):
        return None
    given: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in CONDITIONAL:
            given[name] = given[name] + b", " + value if name in given else value
    return Preconditions(
        given.get(IF_MATCH),
        given.get(IF_NONE_MATCH),
        http_date(given.get(IF_MODIFIED_SINCE)),
        http_date(given.get(IF_UNMODIFIED_SINCE)),
    )


def is_strong(tag: bytes) -> bool:
    """Whether ``tag`` is one strong entity tag.

    >>> [is_strong(tag) for tag in (b'"a"', b'W/"a"', b"a", b'"a", "b"')]
    [True, False, False, False]
    """
    return tag.startswith(b'"') and _TAG.fullmatch(tag) is not None


def _matches(field: bytes, tag: bytes | None, *, strongly: bool) -> bool:
    """Whether ``field`` (``*`` alone, or a list of entity tags) holds for a representation with ``tag``."""
    if field.strip() == b"*":
        return True
    if tag is None or (strongly and not is_strong(tag)):
        return False
    named = [each for each in _TAGS.findall(field) if each]
    return tag in named if strongly else _opaque(tag) in map(_opaque, named)


def _opaque(tag: bytes) -> bytes:
    return tag.removeprefix(b"W/")


def http_date(value: bytes | None) -> datetime | None:
    """The instant that an HTTP date names, in any of its three forms; None for anything else.

    >>> str(http_date(b"Sunday, 06-Nov-94 08:49:37 GMT")), http_date(b"yesterday")
    ('1994-11-06 08:49:37+00:00', None)
    """
    found = next(filter(None, (form.fullmatch((value or b"").decode("latin-1")) for form in _DATES)), None)
    if found is None:
        return None
    day, hour, minute, second = (int(found[name]) for name in ("day", "hour", "minute", "second"))
    try:
        month = _MONTHS.index(found["month"].lower()) + 1
        return datetime(_year(found["year"]), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _year(digits: str) -> int:
    """Two digits more than 50 years ahead are of the last century (RFC 9110, section 5.6.7)."""
    if len(digits) == 4:
        return int(digits)
    now = datetime.now(UTC).year
    year = now - now % 100 + int(digits)
    return year - 100 if year > now + 50 else year


def written(at: datetime) -> str:
    """``at`` as an HTTP date.

    >>> written(datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC))
    'Sun, 06 Nov 1994 08:49:37 GMT'
    """
    return format_datetime(at.astimezone(UTC), usegmt=True)
